"""The top proposals for one listing among very many, from an index prepared once."""
