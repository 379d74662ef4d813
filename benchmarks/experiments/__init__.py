"""Experiments, simulated: how often what is said of them is wrong, and what is found."""
