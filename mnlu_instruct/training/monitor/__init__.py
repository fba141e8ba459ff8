"""Callbacks of a training: divergence, speed, progress, held-out answers, checkpoints, preemption."""
