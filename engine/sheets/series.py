"""Series of metrics as they are told: their references, what waits of them, and which are out of the usual.

`metric/NAME` is all series of a name as one; `metric/NAME@ENTITY{label=value,..}` one of them. The signals of a site
(`engine.detect.baselines`) are named like metrics of it.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from engine.detect.baselines.metrics import METRICS
from engine.detect.series.episodes import Episode
from engine.history.kept import Known, Waiting
from engine.sheets.kind import Scene

MOST: Final = 200  # names of which what waits is taken along
SIGNALS: Final = {metric.name: place for place, metric in enumerate(METRICS)}


class Key(NamedTuple):
    """`about` is the entity or else the site (`site/ID`); empty for all series of the name as one."""

    name: str
    about: str = ""
    labels: str = ""  # `{a=b,c=d}`

    @property
    def ref(self) -> str:
        return f"metric/{self.name}{'@' if self.about else ''}{self.about}{self.labels}"

    @property
    def whole(self) -> bool:
        return not (self.about or self.labels)


def key_of(ref: str) -> Key:
    """Raises LookupError for what is no reference of a metric."""
    kind, _, id = ref.partition("/")
    told, brace, labels = id.partition("{")
    name, _, about = told.partition("@")
    if kind != "metric" or not name:
        raise LookupError(f"`{ref[:80]}` is no metric; one is metric/NAME or metric/NAME@device/ID")
    return Key(name, about, brace + labels)


def key(name: str, entity: str | None, site: str | None, labels: Iterable[tuple[str, str]]) -> Key:
    told = ",".join(f"{label}={value}" for label, value in sorted(labels))
    about = entity or (f"site/{site}" if site else "")
    return Key(name, about, f"{{{told}}}" if told else "")


def key_of_known(one: Known) -> Key:
    return key(one.name, one.entity, one.site, one.labels.items())


class Begun(NamedTuple):
    """What the working state has of metrics: samples that wait, and series that are out of the usual now."""

    waiting: Mapping[str, Waiting]
    unusual: Mapping[Key, Episode]


def begun(scene: Scene, names: Iterable[str] | None = None) -> Begun:
    """In the engine's loop. `names`: only of these."""
    history, series = scene.partition.history, scene.partition.detectors.series
    wanted = list(history.names() if names is None else names)[:MOST]
    found = {}
    for row, episode in series.episodes.open.items():
        one = series.catalogue.series[row] if row < len(series.catalogue.series) else None
        if one is not None:
            found[key(one.name, one.entity, one.site, one.labels)] = episode
    return Begun({name: history.waiting(name) for name in wanted}, found)
