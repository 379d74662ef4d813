"""An old CASE from somebody's SQL, as buckets: read, judged, written, and proved."""
