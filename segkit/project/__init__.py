"""What the user wrote: YAML, Jinja models, the graph."""
