"""The engine over the network: every way in, every way out, and consoles that attach (WIRE.md §1-§3)."""
