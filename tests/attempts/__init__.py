"""Tests of the attempts room."""
