"""One command a file. A module gives `command`; what only one run needs is imported inside it."""
