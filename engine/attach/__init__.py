"""Consoles that attach to an engine over the network: the protocol `noc.console.v1`, and the console's end of it.

Messages are JSON; one longer than `frames.PLAIN` bytes goes as a binary frame, compressed with zstd. A console asks to
watch something under a number of its own; it is sent the whole page once, then what changed from one revision to the
next, never more than the newest: who is slow misses what lies between. Commands carry a key, so that one that is
sent again after a reconnect is carried out once.
"""
