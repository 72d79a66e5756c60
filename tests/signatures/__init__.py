"""Tests of who signs."""
