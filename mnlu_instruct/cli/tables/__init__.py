"""What commands print of the values that the package returns: one file an area."""
