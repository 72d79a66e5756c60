"""A search over everything that one human can do."""
