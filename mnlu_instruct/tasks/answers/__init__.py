"""The format of completions: write and strictly parse option lines and span lines."""
