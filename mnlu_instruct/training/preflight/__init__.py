"""What is checked on the rows that the trainer prepared, before the first step."""
