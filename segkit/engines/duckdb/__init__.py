"""DuckDB: a file that is read where it lies, and replaced as a whole."""
