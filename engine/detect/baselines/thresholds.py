"""How far from what is usual is a finding: one number for each metric of a site, moved by people's verdicts, within
bounds, each change with its reason and a way back.

The rule, weekly and on demand, where at least `least_verdicts` findings of the last `verdict_days` were judged: when
more than `too_many_false` of them were false, the threshold goes up to the lowest at which at most `target_false` of
those still found would be; when fewer than half of `target_false` were, down by a quarter, to `sharp_threshold`.
It moves by at most `step` at once.
"""

from collections.abc import Iterable

import msgspec

from engine.detect.baselines.episodes import Episode
from engine.settings.baselines import BaselineSettings

LEAST, MOST = 1.5, 5.0
GRAIN = 0.25
HISTORY = 2_000


class Change(msgspec.Struct):
    """One change of a threshold. `old` and `new` are None where the configured one holds."""

    time: int
    site: str
    metric: str
    old: float | None
    new: float | None
    by: str
    why: str
    undone: bool = False


class Judged(msgspec.Struct, frozen=True):
    """What people said of the findings of a metric of a site: distances of the false ones and of the confirmed."""

    false: tuple[float, ...]
    confirmed: tuple[float, ...]

    @property
    def count(self) -> int:
        return len(self.false) + len(self.confirmed)

    def false_rate(self, threshold: float) -> float:
        """The share of false ones among what would still be found; 0 where nothing would."""
        false = sum(far >= threshold for far in self.false)
        return false / max(1, false + sum(far >= threshold for far in self.confirmed))


def judged(episodes: Iterable[Episode]) -> Judged:
    found = list(episodes)
    return Judged(
        tuple(abs(each.peak) for each in found if each.verdict == "false_positive"),
        tuple(abs(each.peak) for each in found if each.verdict == "confirmed"),
    )


def proposed(now: float, said: Judged, settings: BaselineSettings) -> tuple[float, str]:
    """The threshold that verdicts ask for, and why; the one of now where they ask for nothing."""
    if said.count < settings.least_verdicts:
        return now, f"{said.count} verdicts are too few"
    rate = said.false_rate(now)
    told = f"{rate:.0%} of what is found at {now:g} and was judged is false"
    if rate > settings.too_many_false:
        ceiling = min(MOST, now + settings.step)
        better = now + GRAIN
        while better < ceiling and said.false_rate(better) > settings.target_false:
            better += GRAIN
        return min(better, ceiling), told
    if rate < settings.target_false / 2 and now > settings.sharp_threshold and said.confirmed:
        return max(now - GRAIN, settings.sharp_threshold, LEAST), told
    return now, told


class _State(msgspec.Struct):
    held: dict[str, float]
    history: list[Change]


class Thresholds:
    """Those that differ from the configured ones, and how they came about."""

    def __init__(self) -> None:
        self.held: dict[str, float] = {}  # by `site/metric`
        self.history: list[Change] = []

    def of(self, site: str, metric: str, settings: BaselineSettings) -> float:
        return self.held.get(f"{site}/{metric}", settings.threshold)

    def move(self, change: Change) -> None:
        """Carries a change out and keeps it."""
        self._hold(change.site, change.metric, change.new)
        self.history.append(change)
        del self.history[:-HISTORY]

    def back(self, site: str, metric: str, time: int, by: str) -> Change | None:
        """Takes the newest change back that was not taken back yet; None where there is none."""
        for change in reversed(self.history):
            if (change.site, change.metric) == (site, metric) and not change.undone:
                change.undone = True
                undoing = Change(
                    time, site, metric, change.new, change.old, by, f"takes back: {change.why}", undone=True
                )
                self.move(undoing)
                return undoing
        return None

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self.held, self.history))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.held, self.history = state.held, state.history

    def _hold(self, site: str, metric: str, value: float | None) -> None:
        if value is None:
            self.held.pop(f"{site}/{metric}", None)
        else:
            self.held[f"{site}/{metric}"] = value
