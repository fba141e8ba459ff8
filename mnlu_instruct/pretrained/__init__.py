"""Models that others have published: had, converted to a folder that every tool here takes, and checked."""
