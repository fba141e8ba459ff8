"""Evaluating a model: questions of a suite, engines, answers, predictions, scorecards, comparisons."""
