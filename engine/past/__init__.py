"""Time travel: the journal run again up to a moment, so that a console shows what was known then.

`machine` is that pipeline with its `checkpoints`; it runs in a process of its own (`process`), so that neither the live
engine nor the screen waits for it; `line` is the console's end of that process, and looks like any other link.
"""
