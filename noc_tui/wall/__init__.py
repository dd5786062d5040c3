"""The wall screen: pages that turn by themselves, readable from across the room, and safe to leave for months.

`rotation` decides which page it is, `pages` draw them from the engine's views, `big` draws figures, `app` hangs it all
on a terminal. No keyboard is needed; only `q` and Ctrl-C do anything.
"""
