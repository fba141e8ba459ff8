"""Estimate the cost of a training before it starts: memory, FLOPs, and which GPUs it fits."""
