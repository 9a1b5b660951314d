"""Which two or three offers, mixed, keep the limits of a want that one of them alone breaks."""
