"""From questions to prompts and token ids: prompt packs, label definitions, lint, chat templates, plain text."""
