"""The demo city: Taicang in miniature, made through the same verbs as people use."""
