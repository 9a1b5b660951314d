"""Where one new plant would do most: exact over candidate positions, most of them pruned."""
