"""What a notebook does with the same file: K-Means for k = 1 to 10, silhouettes, a tree."""

from __future__ import annotations

import sys

import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

FEW = 5_000  # rows of a silhouette


def main(path: str) -> None:
    table = pd.read_csv(path)
    columns = [column for column in table.columns if column != "customer_id"]
    X = StandardScaler().fit_transform(table[columns])
    labels, silhouettes = {}, {}
    for k in range(1, 11):
        labels[k] = KMeans(k, n_init=10, random_state=0).fit(X).labels_
        if k > 1:
            some = FEW if len(X) > FEW else None
            silhouettes[k] = silhouette_score(X, labels[k], sample_size=some, random_state=0)
    k = max(silhouettes, key=silhouettes.__getitem__)
    tree = DecisionTreeClassifier(max_leaf_nodes=2 * k, random_state=0)
    table["segment"] = tree.fit(table[columns], labels[k]).predict(table[columns])
    print(k, silhouettes[k])
    print(table.groupby("segment").mean())


if __name__ == "__main__":
    main(sys.argv[1])
