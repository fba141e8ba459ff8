"""The grammar of completions: option lines and span lines, written and strictly read."""
