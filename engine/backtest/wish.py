"""What is asked to be tried, read from words as the command line and the console take them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from data import times
from data.records.model import ModelVersion
from data.store import Follower
from engine.backtest.difference import Difference, difference
from engine.backtest.tried import NOTHING, Refused, Silenced, Tried, changed_run, side_by_side, tried
from engine.predict.history import SPECS
from engine.settings import Config, show

RULES: Final = "rules"
UNTIL: Final = "until:"
VALUES: Final = 8  # of a sweep: each is a whole pipeline
EVER: Final = 1 << 62
OTHER: Final = (
    "the history was decided by another version of the program, or under other settings: run as it is now, it "
    "gives other alerts than the database holds; both runs here are of this version"
)


class Wish(msgspec.Struct, frozen=True):
    """`changed` are the settings of the second run; `models` are words such as `fraud=rules`; `told` says it all in the
    words in which it was asked. `since` and `until` bound what is compared, not what is run."""

    now: Config
    changed: Config
    told: tuple[str, ...]
    silences: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    sweep: str = ""  # the setting of which several values are tried, `variants` by value
    variants: tuple[tuple[str, Config], ...] = ()


class Sweep(msgspec.Struct):
    """Several values of one setting, each against what was; `now` is the value that it has."""

    key: str
    now: str
    values: list[str]
    found: list[Difference]


def swept(reader: Follower, wish: Wish, tenant: str, progress: Callable[[int, int], None]) -> Sweep:
    """Runs the history once as it was and once for each value, all at once. Raises Refused."""
    if not 1 <= len(wish.variants) <= VALUES:
        raise Refused(f"a sweep takes 1 to {VALUES} values")
    models, pinned = list(reader.models()), versions_of(reader, wish, tenant)
    first = Tried(wish.now, models)
    others = [changed_run(config, models, pinned) for _, config in wish.variants]
    mutes = [Silenced(text) for text in wish.silences]
    verdicts = side_by_side(reader, first, others, tenant, mutes, progress)
    since, until = (-EVER if wish.since is None else wish.since), wish.until or EVER
    values = [value for value, _ in wish.variants]
    found = [
        difference(first, other, verdicts, (*wish.told, f"{wish.sweep}={value}"), since, until)
        for value, other in zip(values, others, strict=True)
    ]
    return Sweep(wish.sweep, _shown(wish.now, wish.sweep), values, found)


def _shown(config: Config, key: str) -> str:
    return next((str(row.value) for row in show(config) if row.key == key), "")


def sweep_of(text: str) -> tuple[str, list[str]]:
    """(setting, values) of `KEY=VALUE,VALUE,...`. Raises Refused."""
    key, mark, values = text.partition("=")
    found = [one.strip() for one in values.split(",") if one.strip()]
    if not mark or not key.strip() or not found:
        raise Refused(f"`{text}` is not KEY=VALUE,VALUE,... such as series.threshold=0.7,0.8,0.9")
    return key.strip().lower(), list(dict.fromkeys(found))


def compare(reader: Follower, wish: Wish, tenant: str, progress: Callable[[int, int], None]) -> Difference:
    """Runs the history twice. Raises Refused with the reason where that cannot be done."""
    pinned = versions_of(reader, wish, tenant)
    mutes = [Silenced(text) for text in wish.silences]
    first, second, verdicts = tried(reader, wish.now, wish.changed, tenant, mutes, progress, pinned)
    since, until = (-EVER if wish.since is None else wish.since), wish.until or EVER
    found = difference(first, second, verdicts, wish.told, since, until)
    if {one.id for one in reader.alerts(None, None) if one.tenant == tenant} != set(first.records["alerts"]):
        found.notes.append(OTHER)
    return found


def versions_of(reader: Follower, wish: Wish, tenant: str) -> Mapping[str, ModelVersion | None]:
    """Which version scores each kind that is named. Raises Refused."""
    if not wish.models:
        return NOTHING
    known = [one for one in reader.models() if one.tenant == tenant]
    return {kind: _version(reader, known, kind, name, tenant, wish) for kind, name in map(_split, wish.models)}


def _split(text: str) -> tuple[str, str]:
    kind, mark, name = text.partition("=")
    if kind not in SPECS or not mark or not name:
        raise Refused(
            f"`{text}` is not MODEL=VERSION, with one of {', '.join(SPECS)} and a version, rules or until:TIME"
        )
    return kind, name


def _version(
    reader: Follower, known: Sequence[ModelVersion], kind: str, name: str, tenant: str, wish: Wish
) -> ModelVersion | None:
    if name == RULES:
        return None
    if name.startswith(UNTIL):
        return _trained(reader, known, kind, name.removeprefix(UNTIL), tenant, wish)
    mine = [one for one in known if one.kind == kind]
    found = next((one for one in mine if name in (one.version, str(one.number))), None)
    if found is None:
        there = ", ".join(f"{one.version} ({one.number})" for one in mine) or "none"
        raise Refused(f"there is no version {name} of {kind}; there are: {there}; or rules, or until:TIME")
    if not found.body:
        raise Refused(f"{kind} {name} is known, but its trees are not kept any more")
    return found


def _trained(
    reader: Follower, known: Sequence[ModelVersion], kind: str, moment: str, tenant: str, wish: Wish
) -> ModelVersion:
    """One that learns from what was known before the moment, for this trial only."""
    from engine.models.spec import Refused as Untrained
    from engine.predict.training import train

    try:
        until = times.parse(moment)
    except ValueError:
        raise Refused(f"`{moment}` is no time such as 2026-01-05T00:00:00Z") from None
    try:
        version = train(reader, kind, tenant, until, wish.now.models).version
    except Untrained as error:
        raise Refused(f"{kind} cannot be trained until {moment}: {error}") from None
    return msgspec.structs.replace(version, number=max((one.number for one in known), default=0) + 1_000_000)
