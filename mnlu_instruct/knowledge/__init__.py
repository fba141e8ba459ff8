"""Knowledge bases for entity linking: concepts and their names, tries of names, decoding that spells only names."""
