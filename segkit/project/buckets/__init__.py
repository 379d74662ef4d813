"""Bucket sets from what was declared: a file for each kind of column."""
