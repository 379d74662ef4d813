"""Fits and edges on disk: read strictly, written once, one of them current."""
