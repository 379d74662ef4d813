"""The proof that SQL says what the rules say, here and where it is pasted."""
