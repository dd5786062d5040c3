"""The features of `device`: the original's seven, and every figure that devices report, without a change of code.

NAME            last value          NAME.change   since the report before
NAME.hour       since one to two hours before      NAME.drift    less what is usual for this device
NAME.growth     since its first report             NAME.steady   log minutes since it last changed
NAME.ups        how often it rose in the last reports
error:CODE      how often this error came in about a day
troubles        how many counters of a disk's errors are above zero, of those five that Backblaze acts upon
                ("What SMART Stats Tell Us About Hard Drives", 2016): reallocated sectors, uncorrectable errors, command
                time-outs, pending and uncorrectable sectors
"""

from math import log1p
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.times import DAY, MINUTE
from engine.models.table import WIDEST, Matrix, Table
from engine.predict.gauges import Device, Hazards

ORIGINAL: Final = (
    "offline_duration_last_7_days", "sync_health_score_trend", "time_since_last_event_minutes",
    "event_frequency_last_24h", "battery_level", "gps_accuracy_degradation", "device_type_failure_rate",
)  # fmt: skip
MORE: Final = (
    "model_failure_rate",
    "age_days",
    "days_since_maintenance",
    "errors_24h",
    "reports",
    "online",
    "troubles",
)
TROUBLE: Final = frozenset(f"smart_{number}{end}" for number in (5, 187, 188, 197, 198) for end in ("", "_raw"))
CONSTANT: Final = {"mobile": 0.05, "tablet": 0.03, "biometric": 0.08, "gps_tracker": 0.10}
"""The original's yearly shares by kind, for the time before anything was observed."""


class DeviceFeatures:
    """One row for each device."""

    def __init__(self, hazards: Hazards) -> None:
        self.hazards = hazards
        self.table = Table((*ORIGINAL, *MORE))
        self._places: dict[tuple[str, ...], NDArray[np.intp]] = {}  # metric names -> their columns

    def put(self, device: Device, now: int) -> int:
        """Writes all that is known at `now`; gives the slot."""
        slot = self.table.add(device.id)
        device.fade(now)
        self._known(device, self.table.matrix[slot], now)
        names = tuple(device.gauges)
        places = self._places.get(names)
        if places is None:
            parts = ("", ".change", ".hour", ".drift", ".growth", ".steady", ".ups")
            columns = [self.table.column(name + part) for name in names for part in parts]
            places = self._places[names] = np.array(columns, np.intp)
        values: list[float] = []
        for gauge in device.gauges.values():
            last = gauge.last
            values += (
                last, last - gauge.before, last - gauge.hour_value, last - gauge.usual, last - gauge.first,
                log1p((now - gauge.changed_at) / MINUTE), gauge.ups,
            )  # fmt: skip
        row = self.table.matrix[slot]
        if len(self.table.names) < WIDEST:
            row[places] = values
        else:  # there was no room for some
            told = places >= 0
            row[places[told]] = np.array(values)[told]
        for code, count in device.codes.items():
            place = self.table.column(f"error:{code}")
            if place >= 0:
                self.table.matrix[slot, place] = count
        return slot

    def _known(self, device: Device, row: Matrix, now: int) -> None:
        nan = float("nan")
        gps = device.gauges.get("gps_accuracy")
        battery = device.gauges.get("battery")
        kind = self.hazards.hourly(f"kind/{device.kind}")
        if kind != kind:
            kind = CONSTANT.get(device.kind or "", 0.05) / (365 * 24)
        row[: len(ORIGINAL) + len(MORE)] = (
            device.absent_minutes(now), device.trend(), (now - device.last_at) / MINUTE if device.last_at else 9999.0,
            device.events / 24, -1.0 if battery is None else battery.last,
            nan if gps is None else float(gps.last > 1.5 * gps.usual), kind,
            self.hazards.hourly(f"model/{device.model}"),
            (now - (device.installed_at or device.first_at)) / DAY,
            (now - device.maintained_at) / DAY if device.maintained_at else nan, device.errors,
            log1p((now - device.first_at) / MINUTE), float(device.online), _troubles(device),
        )  # fmt: skip

    def drop(self, id: str) -> None:
        self.table.remove(id)


def _troubles(device: Device) -> float:
    """NaN for what has no such counters."""
    gauges = device.gauges
    told = TROUBLE & gauges.keys()
    return float(sum(gauges[name].last > 0 for name in told)) if told else float("nan")
