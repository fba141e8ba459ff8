"""What `train/sft.py` is made of; its modules load torch, but for those that `launcher.py` needs."""
