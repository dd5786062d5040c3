"""What to expect of an hour: location and spread by medians, from the hour's own past or from hours that are like it.

Values are compared on Anscombe's scale (`rings.raised`). The location is the median of the hour's own weeks, shrunk
towards that of its hour of day on days of the same type (working days, weekend) while there are few; with next to
none, it is what similar sites do at that hour. The spread is 1.4826 times the median absolute deviation of all like
hours from their own medians, of all days while there are few, and never less than a share of what chance alone gives a
count: so a series that never varies has a spread, and one that is nearly always zero raises no alarm when it is not.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.detect.baselines.rings import Numbers, Rings, lowered, raised
from engine.settings.baselines import BaselineSettings

OWN, KIND, DAY, PEERS, NONE = range(5)
WORDS: Final = (
    "this hour of the week",
    "this hour on such days",
    "few such days",
    "similar sites",
    "nothing yet",
)
_DAYS: Final = np.arange(7)
_WORK: Final = 5  # days of the week that are working days
_STANDS: Final = 3  # weeks after which an hour's own median is its centre
_LEAST_ALIKE: Final = 2  # values of such days, where the spread is that of all days
_MAD: Final = 1.4826  # makes the median absolute deviation of normal noise its standard deviation
_FEW: Final = 3.0  # counts below this vary by chance at least as much as chance says
_NEAR: Final = 2.0  # sites whose mean levels differ by less are similar
_LEAST_PEERS: Final = 3
_LEAST_LEVEL: Final = 12  # hours after which a site's own level is known
_UNSURE: Final = 2.0  # values by which a spread of few values is wider than they say
_PEER_SPREAD: Final = 1.5  # what is borrowed is less sure


class Usual(msgspec.Struct):
    """For each row asked for and metric: location and spread on Anscombe's scale, how many values they rest on, and on
    which kind of hours (`WORDS`). Shape (rows, metrics)."""

    location: Numbers
    spread: Numbers
    samples: NDArray[np.int32]
    basis: NDArray[np.int8]

    def distance(self, values: Numbers) -> Numbers:
        """How many spreads the values lie from what is usual; NaN where nothing is known."""
        far = (raised(values) - self.location) / self.spread
        return np.where(self.basis == NONE, np.float32(np.nan), far).astype(np.float32)

    def between(self, row: int, metric: int, threshold: float) -> tuple[float, float, float]:
        """(usual, low, high) in units of the metric."""
        at, spread = float(self.location[row, metric]), float(self.spread[row, metric])
        low, high = at - threshold * spread, at + threshold * spread
        return float(lowered(at)), float(lowered(low)), float(lowered(high))


def expect(rings: Rings, rows: NDArray[np.intp], hours: NDArray[np.intp], settings: BaselineSettings) -> Usual:
    """What is usual at these rows, each at its hour of the week."""
    usual = _pooled(rings, rows, hours, settings, KIND)
    thin = np.flatnonzero((usual.basis == NONE).any(axis=1))
    if thin.size and (rings.heard[rows[thin]] >= settings.least_values).any():
        _fill(usual, thin, _pooled(rings, rows[thin], hours[thin], settings, DAY))
        thin = thin[(usual.basis[thin] == NONE).any(axis=1)]
    if thin.size > 0 and len(rings.rows) > _LEAST_PEERS:
        for hour in np.unique(hours[thin]):
            alike = thin[hours[thin] == hour]
            _fill(usual, alike, _borrowed(rings, rows[alike], int(hour), settings))
    return usual


def _pooled(
    rings: Rings, rows: NDArray[np.intp], hours: NDArray[np.intp], settings: BaselineSettings, basis: int
) -> Usual:
    """From the site's own past: level and spread of the same hour on days of its type, or the spread of all days."""
    weekdays, clocks = np.divmod(hours, 24)
    kept = rings.values[rows[:, None], :, _DAYS * 24 + clocks[:, None], :].astype(
        np.float32
    )  # rows, days, metrics, weeks
    learned = np.where(kept >= 0, kept, np.float32(np.nan)).transpose(0, 2, 1, 3)
    scaled = raised(learned)
    each, weeks = _median(scaled)
    work, of_work = _median(scaled[:, :, :_WORK].reshape(*scaled.shape[:2], -1))
    free, of_free = _median(scaled[:, :, _WORK:].reshape(*scaled.shape[:2], -1))
    working = (weekdays < _WORK)[:, None]
    alike, many = np.where(working, work, free), np.where(working, of_work, of_free)
    own, of_own = each[np.arange(len(rows)), :, weekdays], weeks[np.arange(len(rows)), :, weekdays]
    trust = np.minimum(of_own / settings.own_weeks, 1).astype(np.float32)
    location = trust * own + (1 - trust) * alike
    same = (_DAYS < _WORK) == working  # days of the type asked for
    spread = _spread(scaled, each, weeks, np.where(_DAYS < _WORK, work[..., None], free[..., None]), same, basis)
    location, floor = _sparse(location, np.where(same[:, None, :, None], learned, np.float32(np.nan)), settings)
    known = many >= settings.least_values
    if basis == DAY:
        known = (many >= _LEAST_ALIKE) & (of_work + of_free >= settings.least_values)
    kinds = np.where(trust >= 1, OWN, basis)
    spread = np.maximum(_MAD * spread, floor) * (1 + _UNSURE / np.maximum(many, 1))
    return Usual(
        location.astype(np.float32),
        np.where(known, spread, 1).astype(np.float32),
        np.where(kinds == OWN, of_own, many).astype(np.int32),
        np.where(known, kinds, NONE).astype(np.int8),
    )


def _spread(
    scaled: Numbers, each: Numbers, weeks: NDArray[np.int32], alike: Numbers, same: NDArray[np.bool_], basis: int
) -> Numbers:
    """How far values lie from the median of their own hour of the week, or of such days while that has too few."""
    stands = weeks >= _STANDS
    centre = np.where(stands, each, alike)
    # A median of few values lies closer to them than to the truth.
    widen = np.sqrt(np.where(stands, weeks / np.maximum(weeks - 1, 1), 1)).astype(np.float32)
    away = np.abs(scaled - centre[..., None]) * widen[..., None]
    if basis == KIND:
        away = np.where(same[:, None, :, None], away, np.float32(np.nan))
    return _median(away.reshape(*away.shape[:2], -1))[0]


def _sparse(location: Numbers, learned: Numbers, settings: BaselineSettings) -> tuple[Numbers, Numbers]:
    """Where the median is none at all, the mean says more; where counts are small, chance is the least spread."""
    some = np.isfinite(learned)
    mean = np.where(some, learned, 0).sum(axis=(-2, -1)) / np.maximum(some.sum(axis=(-2, -1)), 1)
    rare = lowered(location) < 1
    location = np.where(rare, np.maximum(location, raised(mean)), location)
    return location, np.where(lowered(location) < _FEW, 1.0, settings.least_spread).astype(np.float32)


def _borrowed(rings: Rings, rows: NDArray[np.intp], hour: int, settings: BaselineSettings) -> Usual:
    """From sites of a like level: how far above or below its own level each is at this hour."""
    everyone = np.arange(len(rings.rows))
    shape = (len(rows), rings.values.shape[1])
    found = Usual(
        np.zeros(shape, np.float32),
        np.ones(shape, np.float32),
        np.zeros(shape, np.int32),
        np.full(shape, NONE, np.int8),
    )
    if (rings.heard[: len(everyone)].max(axis=1) >= 24 * settings.least_values).sum() < _LEAST_PEERS:
        return found
    others = _pooled(rings, everyone, np.full(len(everyone), hour), settings, KIND)
    for place, row in enumerate(rows):
        near = np.abs(rings.level[: len(everyone)] - rings.level[row]) <= _NEAR
        near &= (others.basis != NONE) & (everyone != row)[:, None]
        for metric in np.flatnonzero((near.sum(axis=0) >= _LEAST_PEERS) & (rings.heard[row] >= _LEAST_LEVEL)):
            peers = near[:, metric]
            above = others.location[peers, metric] - rings.level[: len(everyone)][peers, metric]
            middle = np.median(above)
            apart = _MAD * np.median(np.abs(above - middle))
            found.location[place, metric] = rings.level[row, metric] + middle
            found.spread[place, metric] = _PEER_SPREAD * max(apart, np.median(others.spread[peers, metric]))
            found.samples[place, metric] = peers.sum()
            found.basis[place, metric] = PEERS
    return found


def _fill(usual: Usual, places: NDArray[np.intp], better: Usual) -> None:
    """Takes over what `better` knows of the rows at `places` where nothing was known."""
    missing = usual.basis[places] == NONE
    for name in ("location", "spread", "samples", "basis"):
        mine = getattr(usual, name)
        mine[places] = np.where(missing, getattr(better, name), mine[places])


def _median(values: Numbers) -> tuple[Numbers, NDArray[np.int32]]:
    """Medians over the last axis without the NaNs, 0 where there is nothing, and of how many values."""
    ordered = np.sort(values, axis=-1)  # NaN go to the end
    many = np.isfinite(values).sum(axis=-1).astype(np.int32)
    low = np.take_along_axis(ordered, np.maximum((many - 1) // 2, 0)[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, np.maximum(many // 2, 0)[..., None] % values.shape[-1], axis=-1)[..., 0]
    return np.where(many > 0, (low + high) / 2, 0).astype(np.float32), many
