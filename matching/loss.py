"""What the loss of each receiving plant would strand, and where its suppliers would turn."""
