"""What a person has a right to: all that is held about them in one document, and to be taken out of it."""
