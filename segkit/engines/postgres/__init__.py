"""PostgreSQL: a schema of a server, read in one snapshot and published in one transaction."""
