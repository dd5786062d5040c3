"""Where events come from: what is pushed, pulled, read from files, or made up by the simulated operation."""
