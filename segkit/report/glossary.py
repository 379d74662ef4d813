"""The words of a page that need an explanation."""

from __future__ import annotations

from typing import Literal

Term = Literal[
    "kmeans",
    "loss",
    "held out",
    "stability",
    "variance",
    "parity",
    "near",
    "fit",
    "cut",
    "silhouette",
]
GLOSSARY: dict[Term, str] = {
    "cut": "A number in the rules at which segments part, such as the 42 in “under 42 days”.",
    "fit": "What was learned, kept in a numbered file. It stays as it is until somebody learns "
    "again.",
    "held out": "Measured on customers who were set aside while the rules were learned, so that "
    "the figure is not flattered.",
    "kmeans": "K-Means: the method that finds groups of customers who are alike. The rules say in "
    "a few lines what it found.",
    "loss": "What short rules cost: how much wider the segments are than the groups that K-Means "
    "found. 0% is nothing.",
    "near": "A step of a fiftieth of what parts low from high customers would put them into "
    "another segment.",
    "parity": "The published SQL gives every customer the segment that the rules give; checked in "
    "each build.",
    "silhouette": "How much nearer customers are to their own group than to the next one: 1 is "
    "best, 0 is not at all.",
    "stability": "The share of customers who would be in the same segment if the rules were "
    "learned from other customers.",
    "variance": "Of all that customers differ in, the share that their segment tells: 100% would "
    "be a perfect forecast, 0% a coin.",
}
