"""What a person meets in Python: results that show themselves in a notebook."""
