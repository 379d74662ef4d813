"""YAML as plain data with places, and what is wrong with it in words."""
