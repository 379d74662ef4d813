"""The figures of a page: data in, SVG or a table out."""
