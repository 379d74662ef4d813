"""Parses, calls one library function, prints."""
