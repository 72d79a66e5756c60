"""Needle placement: what its file says, how a needle is judged, and the proof that its key holds in every body."""
