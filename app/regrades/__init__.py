"""Regrades: what a corrected key changes, challenges of items, and who has to be told."""
