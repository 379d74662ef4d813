"""K-Means for every number of clusters, and which number it is."""
