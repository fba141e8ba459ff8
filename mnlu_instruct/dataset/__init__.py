"""Building a data set: recipe, plan, store of questions, draw, mixture, shards, manifest, card, statistics."""
