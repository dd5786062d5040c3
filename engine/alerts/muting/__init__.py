"""What keeps an alert from being shown as open work: silences, maintenance, inhibition, topology. Always with a reason.

`Muting` is the one door; `preview` tells what a silence would hide before it does.
"""

from engine.alerts.muting.muting import Mute, Muting

__all__ = ["Mute", "Muting"]
