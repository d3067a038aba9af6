"""Portal: the customers' own pages on web and phone; nobody imports it."""
