"""What watches over a training: divergence, speed, progress, held-out answers, checkpoints, preemption."""
