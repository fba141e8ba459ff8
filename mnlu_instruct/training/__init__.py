"""What `train/sft.py` is made of; its modules load torch, `launcher.py` alone does not."""
