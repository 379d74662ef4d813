"""From a weighted sample to a fit."""
