"""How far a stream can be carried before it is worth nothing: rings of break-even distance."""
