"""Streaming anomaly detection on any series of numbers: one pass, no look ahead, constant memory, many at once.

`Bank` is the whole of it to the outside. The numbers live in NumPy arrays, one column a series; a batch is worked off
in waves in which each series occurs at most once, so that a batch means exactly what its samples mean one by one.
"""
