"""Guitar parts as short scores, and the plucked strings that play them."""
