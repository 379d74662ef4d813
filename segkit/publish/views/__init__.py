"""From a node and what is stored of it to the SQL that is published."""
