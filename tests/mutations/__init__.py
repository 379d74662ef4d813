"""Damaged inputs: nothing crashes, nothing takes for ever."""
