"""How often `k: auto` finds the number of groups, and what it says where there are none."""
