"""mnlu-instruct: instruction-tuning data sets for medical language understanding, and the evaluation of models on them.

The pipeline of *BioMistral-NLU: Towards More Generalizable Medical Language Understanding through Instruction
Tuning* (Fu et al., 2024): corpus files become documents, documents become questions with gold answers, questions
become prompts. `docs/architecture.md` is the map of this package.
"""

__version__ = "0.1.0"
