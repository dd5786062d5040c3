"""Five activity signals of each person and site over sliding windows, exact under late and repeated events.

`track` keeps what one person did, `stays` where they were, `activity` is the room that hears events and answers."""

from engine.detect.signals.activity import Activity
from engine.detect.signals.counts import SIGNALS, Counts, told

__all__ = ["SIGNALS", "Activity", "Counts", "told"]
