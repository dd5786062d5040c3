"""What the engine and the console cost, in figures and in ratios. `make bench` prints them all."""
