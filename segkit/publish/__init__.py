"""From a fit to published views, proved on every row."""
