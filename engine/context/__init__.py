"""What a person needs to know to act on an item."""
