"""Start a training, distribute it over processes, and end it."""
