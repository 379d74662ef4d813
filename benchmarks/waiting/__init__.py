"""How long one waits for segments of a file, against what a notebook would do with it."""
