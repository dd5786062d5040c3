"""Services of others, as real servers on this machine that speak their published formats."""
