"""The tree that explains a clustering: searched for its cost, published as rules."""
