"""An old CASE, read from somebody's SQL: what it says, what is wrong with it, how it is written."""
