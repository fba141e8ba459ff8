"""Evaluate models: suite questions, engines, answers, predictions, scorecards, comparisons."""
