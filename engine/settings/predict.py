"""Settings of what is foreseen, and of the models that foresee it."""

from typing import Annotated

import msgspec

from data.times import DAY, HOUR, MINUTE
from engine.settings.meta import about, length


class PredictSlaSettings(msgspec.Struct, frozen=True):
    on: Annotated[bool, about("foresee tickets that will miss their deadline")] = True
    warn_from: Annotated[float, about("warn from this probability on", least=0.05, most=1)] = 0.6
    memory: Annotated[
        int,
        length("how things ended counts half after this time, where tickets are compared", least=DAY, most=365 * DAY),
    ] = 10 * DAY
    quick_memory: Annotated[int, length("the same for what was resolved lately", least=HOUR, most=90 * DAY)] = 2 * DAY


class PredictDeviceSettings(msgspec.Struct, frozen=True):
    on: Annotated[bool, about("foresee devices that will fail")] = True
    horizon: Annotated[int, length("how far ahead", least=5 * MINUTE, most=30 * DAY)] = HOUR
    warn_from: Annotated[float, about("warn from this probability on", least=0.01, most=1)] = 0.65
    best: Annotated[
        bool,
        about(
            "where a model hardly ever reaches that probability, as with rare failures: warn from where precision "
            "and recall were best together on what it was tested on"
        ),
    ] = True
    every: Annotated[
        int, length("a device is judged at its telemetry, at most once in this", least=MINUTE, most=DAY)
    ] = 5 * MINUTE


class PredictStaffingSettings(msgspec.Struct, frozen=True):
    on: Annotated[bool, about("foresee shifts to which too few will come")] = True
    ahead: Annotated[int, length("how long before a shift it is looked at", least=30 * MINUTE, most=DAY)] = 4 * HOUR
    every: Annotated[int, length("how often", least=5 * MINUTE, most=4 * HOUR)] = 30 * MINUTE
    warn_from: Annotated[float, about("warn from this probability on", least=0.05, most=1)] = 0.6
    grace: Annotated[
        int, length("a shift has a gap when so long after its start people are missing", most=4 * HOUR)
    ] = 30 * MINUTE


class PredictSettings(msgspec.Struct, frozen=True):
    sla: Annotated[PredictSlaSettings, about("tickets and their deadlines")] = PredictSlaSettings()
    device: Annotated[PredictDeviceSettings, about("devices")] = PredictDeviceSettings()
    staffing: Annotated[PredictStaffingSettings, about("shifts")] = PredictStaffingSettings()
    held_back: Annotated[
        float,
        about("share of warnings that is not given, so that what would have happened without them is known; "
              "0: past cases in which nobody acted are compared instead", least=0, most=0.5),
    ] = 0.0  # fmt: skip
    quiet_kept: Annotated[
        float,
        about("share of device predictions without a warning that are followed to their end, so that it is known "
              "what was missed", least=0, most=1),
    ] = 0.1  # fmt: skip
