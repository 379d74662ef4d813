"""Whole measurements, as ratios inside one run. Not part of the tests."""
