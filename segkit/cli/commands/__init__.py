"""The verbs. Each parses, calls one function of the pipeline, and prints."""
