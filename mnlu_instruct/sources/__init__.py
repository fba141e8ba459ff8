"""Corpora as declared and read: declarations, files found, downloaded and unpacked, records checked."""
