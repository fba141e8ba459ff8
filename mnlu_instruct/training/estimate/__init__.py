"""What a training takes, known before it starts: memory, arithmetic, which GPUs it fits."""
