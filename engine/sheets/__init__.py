"""Lists of everything that the engine knows, and each thing in full: what stands behind the console's screens.

A *kind* (`kind.py`) says which records there are, what of them is shown, and what a filter may ask. `live` kinds read
the working state, `kept` ones the database, beside the engine's loop. `dossiers` tells one thing in full, by its
reference. `SheetView` keeps a page of rows fresh without ever taking more than a small share of the engine's time.
"""
