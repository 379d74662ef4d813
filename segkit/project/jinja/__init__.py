"""Models rendered in a sandbox, with every place kept."""
