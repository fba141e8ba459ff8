"""What `train/sft.py` is made of. The only room of the package that loads torch."""
