"""What if a price, limit, calendar, capacity or plant were another: solved anew and compared."""
