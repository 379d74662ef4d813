"""What a page shows of a segmentation, counted over all customers where they lie."""
