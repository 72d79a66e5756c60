"""Practice: items that open every key, what is due of them, and what an exam assigned. It never counts towards clearance."""
