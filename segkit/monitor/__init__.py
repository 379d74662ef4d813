"""What watches over published segments."""
