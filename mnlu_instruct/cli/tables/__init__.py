"""The tables that commands print, one file per area."""
