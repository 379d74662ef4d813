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
    "simple split",
    "inertia",
    "calinski-harabasz",
    "davies-bouldin",
    "leaf",
    "metric",
]
GLOSSARY: dict[Term, str] = {
    "calinski-harabasz": "How far groups are apart, for how wide they are: more is better.",
    "cut": "A number in the rules at which segments part, such as the 42 in “under 42 days”.",
    "davies-bouldin": "How wide groups are, for how far each is from the next: less is better.",
    "fit": "What was learned, kept in a numbered file. It stays as it is until somebody learns "
    "again.",
    "held out": "Measured on customers who were set aside while the rules were learned, so that "
    "the figure is not flattered.",
    "inertia": "How far customers are from the middle of their group, squared and added up: less "
    "is better, and more groups always have less. Where more hardly help, its curve has a knee.",
    "kmeans": "The method that finds groups of customers who are alike. The rules say in "
    "a few lines what it found.",
    "leaf": "One rule: the end of one way through the tests. A segment can have several.",
    "loss": "What short rules cost: how much wider the segments are than the groups that K-Means "
    "found. 0% is nothing.",
    "metric": "A figure that the segments are judged by, and that no rule reads. Of a later period "
    "it tests them; of the same one it only describes.",
    "near": "A step of a fiftieth of what parts low from high customers would put them into "
    "another segment.",
    "parity": "The published SQL gives every customer the segment that the rules give; checked in "
    "each build.",
    "silhouette": "How much nearer customers are to their own group than to the next one: 1 is "
    "best, 0 is not at all.",
    "simple split": "Groups that need no model: by one or two columns, or by buckets. Of many, the "
    "one that tells the most. Segments that are hardly ahead of it are hardly worth their rules.",
    "stability": "The share of customers who would be in the same segment if the rules were "
    "learned from other customers. By k: how alike the groups are that other customers give, 1 is "
    "the same.",
    "variance": "Of all that customers differ in, the share that their segment tells: 100% would "
    "be a perfect forecast, 0% no better than the mean of all.",
}
