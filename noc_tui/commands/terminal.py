"""Whether there is a terminal to draw on."""

import sys


def on_terminal() -> bool:
    """A console needs both: keys come from standard input, the screen goes to standard output."""
    return sys.stdout.isatty() and sys.stdin.isatty()
