"""How a training is started, spread over processes, and ended."""
