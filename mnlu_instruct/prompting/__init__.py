"""Questions in words and in token ids: prompt packs, definitions, lint, chat templates, plain text."""
