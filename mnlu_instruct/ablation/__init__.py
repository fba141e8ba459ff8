"""Ablations: a grid of trainings that differ in what they were trained on or merged with, each evaluated alike."""
