"""Settings of anomaly detection on metric series."""

from typing import Annotated

import msgspec

from data.times import DAY, HOUR, MINUTE, SECOND
from engine.settings.meta import about, length


class SeriesSettings(msgspec.Struct, frozen=True):
    """The method's own figures are no settings: one for all series (engine/detect/series/layout.py)."""

    enabled: Annotated[bool, about("watch metrics and telemetry for what is unlike them")] = True
    telemetry: Annotated[
        bool, about("watch battery, signal, temperature and GPS accuracy here too; device health watches them anyway")
    ] = False
    threshold: Annotated[float, about("a score from here on is a finding", least=0.3, most=0.99)] = 0.8
    medium: Annotated[float, about("from this score on it is MEDIUM, below LOW", least=0.3, most=1)] = 0.9
    high: Annotated[float, about("from this score on it is HIGH, which is owed a ticket", least=0.3, most=1)] = 0.97
    calm: Annotated[int, about("usual samples in a row after which a deviation is over", least=1, most=1000)] = 12
    ignore: Annotated[
        tuple[str, ...],
        about("names of metrics that are not watched; `*` stands for anything", example="[uptime*, smart_9]"),
    ] = ()
    most: Annotated[
        int, about("series watched at once in a partition; beyond it the one heard longest ago goes", least=4_096)
    ] = 20_000
    kept: Annotated[
        int,
        about("series whose history is kept in a partition; samples of further ones are counted and left out", least=1),
    ] = 100_000
    gather: Annotated[
        int,
        length(
            "samples are judged together after so long, or after their pace where that is slow",
            least=SECOND // 10,
            most=MINUTE,
        ),
    ] = SECOND
    silent: Annotated[int, length("a deviation is over when nothing more is heard for so long", least=MINUTE)] = (
        6 * HOUR
    )
    clock_off: Annotated[
        int, length("stamps this far from all others are of a wrong clock", least=MINUTE, most=DAY)
    ] = HOUR
