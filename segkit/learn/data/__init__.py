"""What is learned from: read, checked, chosen, and put on scales."""
