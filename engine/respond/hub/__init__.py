"""The hub: who is told what, when, and how it got there.

`dispatch` decides on event time, inside the pipeline; its messages are rows of the outbox. `working` carries them to
their receivers behind the commit, on the wall's time, until they are there or their time is over.
"""
