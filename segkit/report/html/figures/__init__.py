"""Figures: data in, SVG or a small piece of HTML out. One function each."""
