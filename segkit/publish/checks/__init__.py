"""A project held against the relations that it is about, and against their rows."""
