"""More new alerts at once than anybody can read: one line with a digest instead, and nothing grave hidden.

Counted are alerts that begin, at each site, over the last minute of event time (in twelve steps). Above its budget the
site has a storm; below half of it for a whole minute the storm is over. While all sites together are over the budget
of the partition, each site's is a tenth.

During a storm an alert of that site goes into its *storm item* and is not shown by itself (reason `burst`), if it
is no graver than what the item shows already. The first one, and one graver than those before when there are too many
as grave as it, goes in visibly; any other graver one is none of the storm's business. So an item is never less grave
than what it hides, has always a visible row, and never holds an alert of another site.

The method is that of GoAlert's bundling and of flood limits in alarm management (ISA 18.2 calls more than 10 alarms in
10 minutes for one operator a flood); the thresholds are ours.
"""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

import msgspec

from data.records.severity import INFO, NAMES
from data.times import MINUTE, SECOND, text
from engine.settings.sections import StormSettings

STEP = 5 * SECOND
STEPS = MINUTE // STEP
KINDS = 64  # alert types and kinds of things that a digest tells apart


class Begins(Protocol):
    """What is looked at of an alert that begins."""

    site: str | None
    severity: int
    alert_type: str
    entity: str | None


class Fold(msgspec.Struct, frozen=True):
    """The alert belongs into the storm item of its site. `cluster` is that item's number (None: open one for it, and
    say which by `settle`); `shown`: it is to be seen there, so its event is not suppressed."""

    site: str
    cluster: int | None
    shown: bool
    began: bool  # the storm begins with it
    reason: str = "burst"


class Digest(msgspec.Struct, frozen=True):
    """A storm in numbers. `ended_at` is None while it lasts."""

    site: str
    cluster: int | None
    started_at: int
    ended_at: int | None
    alerts: int
    severity: int
    text: str


class Load(msgspec.Struct):
    """New alerts of one place by step and severity: `counts[step][severity]`; `at` is the newest step."""

    at: int
    counts: list[list[int]]
    total: int = 0

    def advance(self, step: int) -> None:
        """Forgets what lies more than a minute before `step`; steps never go back."""
        if step <= self.at:
            return
        for _ in range(min(STEPS, step - self.at)):
            self.counts.append([0] * 6)
        gone = self.counts[:-STEPS] if len(self.counts) > STEPS else []
        self.total -= sum(sum(row) for row in gone)
        del self.counts[: len(gone)]
        self.at = step

    def add(self, severity: int) -> None:
        self.counts[-1][severity] += 1
        self.total += 1

    def as_grave(self, severity: int) -> int:
        return sum(sum(row[severity:]) for row in self.counts)


class Going(msgspec.Struct):
    """One storm, as long as it lasts."""

    site: str
    started_at: int
    severity: int  # the gravest that its item shows
    calm_since: int | None = None
    cluster: int | None = None
    alerts: int = 0
    types: dict[str, int] = {}
    kinds: dict[str, int] = {}


class _State(msgspec.Struct):
    whole: Load
    sites: dict[str, Load]
    going: dict[str, Going]


def _load(step: int) -> Load:
    return Load(step, [[0] * 6])


class Storm:
    """All storms of one partition. Memory: about 1 KB for each site with a new alert within the last minute."""

    def __init__(
        self,
        settings: StormSettings = StormSettings(),  # noqa: B008
        of: Callable[[str], StormSettings] | None = None,
    ) -> None:
        """`of` gives the settings of a site, where sites differ."""
        self.settings = settings
        self._of = of
        self.going: dict[str, Going] = {}  # by site, in order of their beginning
        self._sites: dict[str, Load] = {}
        self._whole = _load(0)
        self._swept = 0

    def raised(self, alert: Begins, now: int) -> Fold | None:
        """A new alert, not muted. Where it is to go if its site has a storm; None: its way is the usual one."""
        site = alert.site or ""
        step = max(now // STEP, self._whole.at)
        self._count(site, alert.severity, step)
        storm = self.going.get(site)
        began = storm is None
        if storm is None:
            if self._sites[site].total <= self._budget(site):
                return None
            storm = self.going[site] = Going(site, now, INFO - 1)
        fresh, graver = storm.cluster is None, alert.severity > storm.severity
        if graver and not fresh and self._sites[site].as_grave(alert.severity) <= self._budget(site):
            return None
        storm.severity = max(storm.severity, alert.severity)
        _enter(storm, alert)
        return Fold(site, storm.cluster, fresh or graver, began)

    def settle(self, site: str, cluster: int | None) -> None:
        """The storm item of the site is this cluster; None: it has been closed, the next alert opens another."""
        storm = self.going.get(site)
        if storm is not None:
            storm.cluster = cluster
            if cluster is None:
                storm.severity = INFO - 1

    def digest(self, site: str, ended_at: int | None = None) -> Digest | None:
        """The storm of the site in words, while it lasts."""
        storm = self.going.get(site)
        if storm is None:
            return None
        return Digest(
            site, storm.cluster, storm.started_at, ended_at, storm.alerts, storm.severity, _words(storm, ended_at)
        )

    def due(self) -> int | None:
        """When it is next looked whether a storm is over: at the end of each step while there is one."""
        return (self._whole.at + 1) * STEP if self.going else None

    def tick(self, now: int) -> list[Digest]:
        """Storms that are over by `now`, in order of their beginning."""
        step = max(now // STEP, self._whole.at)
        self._whole.advance(step)
        over = []
        for site, storm in list(self.going.items()):
            load = self._sites.setdefault(site, _load(step))
            load.advance(step)
            if load.total >= self._budget(site) / 2:
                storm.calm_since = None
            elif storm.calm_since is None:
                storm.calm_since = now
            elif now - storm.calm_since >= MINUTE:
                told = self.digest(site, now)
                assert told is not None
                over.append(told)
                del self.going[site]
        return over

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self._whole, self._sites, self.going))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self._whole, self._sites, self.going = state.whole, state.sites, state.going
        self._swept = 0

    def _budget(self, site: str) -> int:
        own = (self._of(site) if self._of is not None else self.settings).per_site
        return max(1, own // 10) if self._whole.total > self.settings.per_partition else own

    def _count(self, site: str, severity: int, step: int) -> None:
        self._whole.advance(step)
        self._whole.add(severity)
        load = self._sites.get(site)
        if load is None:
            load = self._sites[site] = _load(step)
        load.advance(step)
        load.add(severity)
        if step - self._swept >= STEPS:  # sites where nothing has begun for a minute are forgotten
            self._sites = {
                name: one for name, one in self._sites.items() if step - one.at < STEPS or name in self.going
            }
            self._swept = step


def _enter(storm: Going, alert: Begins) -> None:
    storm.alerts += 1
    kind = alert.entity.partition("/")[0] if alert.entity else "nothing named"
    for counts, name in ((storm.types, alert.alert_type), (storm.kinds, kind)):
        if name not in counts and len(counts) >= KINDS:
            name = "others"
        counts[name] = counts.get(name, 0) + 1


def _words(storm: Going, ended_at: int | None) -> str:
    """`storm at S1: 412 new alerts since 08:00:05: 300 LinkDown, 112 DiskFull; on 380 host, 32 service`"""
    where = f"at {storm.site}" if storm.site else "of no site"
    when = f"since {text(storm.started_at)}" if ended_at is None else f"in {(ended_at - storm.started_at) // SECOND} s"
    worst = NAMES[storm.severity] or "none"
    return (
        f"storm {where}: {storm.alerts} new alerts {when}, the gravest {worst}: "
        f"{_most(storm.types)}; on {_most(storm.kinds)}"
    )


def _most(counts: dict[str, int]) -> str:
    ranked = sorted(Counter(counts).items(), key=lambda entry: (-entry[1], entry[0]))
    told = ", ".join(f"{count} {name}" for name, count in ranked[:5])
    rest = sum(count for _, count in ranked[5:])
    return f"{told}, {rest} others" if rest else told
