"""Same rules, new data: whether the segments' customers have changed, and how sure that is."""
