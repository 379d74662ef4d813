"""Expressions of another dialect in DuckDB's, where they mean the same."""
