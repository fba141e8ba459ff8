"""The parts of `train/sft.py`; all modules load torch, except those that `launch/launcher.py` needs."""
