"""Experiments by segment: who gets which arm, what came of it, and which arm for whom."""
