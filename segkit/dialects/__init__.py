"""How each engine spells what segkit says: a table, phrases, and the SQL that is made of them."""
