"""What segments are called, and ids that stay with their people."""
