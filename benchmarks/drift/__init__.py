"""Drift, calibrated: two simulated shops, judged as builds are."""
