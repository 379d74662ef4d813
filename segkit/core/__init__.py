"""What segments mean: trees, rules, proofs, SQL text. Pure: no I/O, standard library only."""
