"""A question that was understood, answered from rows: those of `noc export KIND`, filtered, grouped, ordered, cut."""

import operator
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from data import times
from data.records.severity import LEVELS, NAMES
from data.store import Reader
from data.times import DAY, HOUR
from engine.ask.asked import HAVING, MOST, Asked, NotUnderstood
from engine.ask.insights import insights
from engine.exports import KINDS, Selection
from engine.history.kept import NOTHING, Waiting
from engine.history.query import UnknownMetric
from engine.history.query import ask as ask_metric
from engine.history.select import Wanted
from engine.query import QueryError, parse
from engine.query.exports import export_schema
from engine.registry import Registry

Row = dict[str, Any]
TIMES: Final = {
    "alerts": "first_seen", "incidents": "opened_at", "tickets": "opened_at", "fraud": "time", "predictions": "made_at",
}  # fmt: skip
ENDS: Final = {"alerts": "ended_at", "incidents": "closed_at", "tickets": "resolved_at", "predictions": "settled_at"}
_FIELDS: Final = {
    "alerts": {"type": "alert_type", "person": "entity"},
    "incidents": {"site": "sites", "status": "state", "type": "title"},
    "fraud": {"type": "anomalies", "severity": "level"}, "tickets": {"severity": "priority"},
    "predictions": {"type": "kind"},
}  # fmt: skip
_COMPARE: Final = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_STEPS: Final = {"hour": HOUR, "day": DAY}


class Scope:
    """Who asks: `sees` says whether a row may be seen at all, `shown` is the row as it may be seen."""

    def __init__(
        self, tenant: str, sees: Callable[[Row], bool] = lambda row: True, shown: Callable[[Row], Row] = lambda row: row
    ) -> None:
        self.tenant, self.sees, self.shown = tenant, sees, shown


def answered(
    reader: Reader, registry: Registry, asked: Asked, scope: Scope, now: int, zone: str,
    waiting: Callable[[str], Waiting] = lambda name: NOTHING,
) -> dict[str, Any]:  # fmt: skip
    """`total`, `rows`, `summary`, `insights`. Raises NotUnderstood for a metric that is not known."""
    if asked.kind == "metrics":
        rows = _bounded(_metric(reader, registry, asked, scope, zone, waiting), asked, "value")
        total = len(rows)
        rows = rows[: asked.limit]
        return {"total": total, "rows": rows, "summary": _of_metric(asked, rows), "insights": []}
    found = list(_matching(reader, asked, scope, now))
    total = len(found)
    if asked.group_by:
        rows = _bounded(_grouped(found, asked), asked, "count")
        told = _of_groups(asked, rows, total)
    else:
        rows = [row for row, _ in sorted(((row, number) for number, row in enumerate(found)), key=_order(asked))]
        told = _of_rows(asked, rows, total)
    return {"total": total, "rows": rows[: asked.limit], "summary": told, "insights": insights(asked.rows, found)}


def _matching(reader: Reader, asked: Asked, scope: Scope, now: int) -> Iterable[Row]:
    name = asked.rows
    try:
        match = parse(" ".join(asked.where)).compile(export_schema(name))
    except QueryError as error:
        raise NotUnderstood("invalid", f"{name} cannot be asked that: {error}") from None
    since = None if asked.during else asked.since
    for record in KINDS[name].rows(reader, Selection(since, asked.until, scope.tenant)):
        row = msgspec.to_builtins(record)
        end = row.get(ENDS.get(name, ""))
        if asked.during and end and times.parse(end) <= asked.since:
            continue
        if asked.lasted and (times.parse(end) if end else now) - times.parse(row[TIMES[name]]) < asked.lasted:
            continue
        if scope.sees(row):
            shown = scope.shown(row)
            if match(shown, now):
                yield shown


def _bounded(rows: list[Row], asked: Asked, field: str) -> list[Row]:
    """Those groups whose figure is within what was asked for."""
    bound = HAVING.fullmatch(asked.having)
    if bound is None:
        return rows
    least, compare = float(bound[2]), _COMPARE[bound[1]]
    return [row for row in rows if compare(row[field], least)]


def _order(asked: Asked) -> Callable[[tuple[Row, int]], Any]:
    """Rows that are alike keep the order of their time."""
    clock = TIMES[asked.rows]

    def key(pair: tuple[Row, int]) -> Any:
        row, number = pair
        if asked.order_by == "severity":
            return -LEVELS.get(str(row.get("severity") or row.get("level") or row.get("priority")), 0), -number
        if asked.order_by == "priority":
            value = row.get("priority")
            return -(value if isinstance(value, int) else LEVELS.get(str(value), 0)), -number
        if asked.order_by == "probability":
            return -float(row.get("probability") or 0), -number
        if asked.order_by == "deadline":
            return str(row.get("deadline") or "~"), number
        return (row[clock], number) if asked.order_by == "time" else (-number,)

    return key


def _grouped(found: list[Row], asked: Asked) -> list[Row]:
    """The group's fields and `count`; a trend over time has `bucket`, also where nothing happened."""
    name, by = asked.rows, asked.group_by
    fields = [field for field in by if field not in _STEPS]
    step = next((_STEPS[field] for field in by if field in _STEPS), 0)
    counted: Counter[tuple[Any, ...]] = Counter()
    for row in found:
        bucket = (_bucket(row[TIMES[name]], step),) if step else ()
        for values in _spread([row.get(_FIELDS.get(name, {}).get(field, field)) for field in fields]):
            counted[(*bucket, *values)] += 1
    if step and not fields:
        _fill(counted, asked, step)
    names = [*(["bucket"] if step else []), *fields]
    rows = [{**dict(zip(names, key, strict=True)), "count": count} for key, count in counted.items()]
    if step or asked.order_by == "time":
        return sorted(rows, key=lambda row: [str(row[name] or "") for name in names])
    if asked.order_by == "severity" and "severity" in names:
        return sorted(rows, key=lambda row: -LEVELS.get(str(row["severity"]), 0))
    sign = 1 if asked.order_by == "fewest" else -1
    return sorted(rows, key=lambda row: (sign * row["count"], [str(row[name] or "") for name in names]))


def _fill(counted: Counter[tuple[Any, ...]], asked: Asked, step: int) -> None:
    """Buckets in which nothing happened are told too; of a range of thousands only those between the first and the last
    in which something did, and none where these are too many."""
    since, until = asked.since, asked.until
    if (until - since) // step > MOST and counted:
        told = [times.parse(key[0]) for key in counted]
        since, until = min(told), max(told) + step
    if (until - since) // step <= MOST:
        for start in range(since - since % step, until, step):
            counted.setdefault((times.text(start),), 0)


def _spread(values: list[Any]) -> list[tuple[Any, ...]]:
    """A row of several sites counts for each."""
    rows: list[tuple[Any, ...]] = [()]
    for value in values:
        each = value if isinstance(value, list) else [value]
        rows = [(*row, one) for row in rows for one in each or [None]]
    return rows


def _bucket(time: str, step: int) -> str:
    moment = times.parse(time)
    return times.text(moment - moment % step)


def _metric(
    reader: Reader, registry: Registry, asked: Asked, scope: Scope, zone: str, waiting: Callable[[str], Waiting]
) -> list[Row]:
    filters = asked.filters
    step = next(("1h" if field == "hour" else "1d" for field in asked.group_by if field in _STEPS), "range")
    by = tuple(field for field in asked.group_by if field in ("site", "client", "entity"))
    wanted = Wanted(
        asked.since, asked.until, tuple(filters.get("site", ())), tuple(filters.get("client", ())),
        tuple(filters.get("entity", ())), step=step,  # type: ignore[arg-type]
    )  # fmt: skip

    def visible(one: Any) -> bool:
        return scope.sees({"site": one.site, "client": one.client})

    try:
        found = ask_metric(
            reader, registry, scope.tenant, asked.metric, wanted, asked.aggregate, by, waiting(asked.metric), zone,  # type: ignore[arg-type]
            visible,
        )  # fmt: skip
    except UnknownMetric as error:
        raise NotUnderstood("unknown_name", str(error), error.suggestions) from None
    rows = []
    for series in found.series:
        for point in series.points:
            bucket = {"bucket": point.timestamp} if step != "range" else {}
            rows.append({**bucket, **series.group, "value": point.value, "count": point.count})
    return rows if step != "range" else sorted(rows, key=lambda row: -row["value"])


def _of_rows(asked: Asked, rows: list[Row], total: int) -> str:
    if not total:
        return f"No {asked.rows} {_span(asked)}."
    levels = Counter(str(row.get("severity") or row.get("level") or row.get("priority") or "") for row in rows)
    told = ", ".join(f"{levels[name]} {name}" for name in reversed(NAMES[1:]) if levels.get(name))
    return f"{total:,} {asked.rows if total > 1 else asked.rows.removesuffix('s')} {_span(asked)}" + (
        f": {told}." if told else "."
    )


def _of_groups(asked: Asked, rows: list[Row], total: int) -> str:
    if not rows:
        beside = f" in groups of {asked.having}" if total else ""
        return f"No {asked.rows}{beside} {_span(asked)}."
    first = max(rows, key=lambda row: row["count"])
    named = ((key, value) for key, value in first.items() if key != "count")
    name = next((f"no {key}" if value is None else str(value) for key, value in named), "")
    return f"{total:,} {asked.rows} {_span(asked)} in {len(rows)} groups; most: {name} with {first['count']:,}."


def _of_metric(asked: Asked, rows: list[Row]) -> str:
    if not rows:
        return f"Nothing was measured of {asked.metric} {_span(asked)}."
    top = rows[0]
    where = next((str(top[key]) for key in ("site", "client", "entity") if top.get(key)), "all together")
    return f"{asked.aggregate} of {asked.metric} {_span(asked)}: {top['value']:,.4g} ({where})."


def _span(asked: Asked) -> str:
    word = "open between" if asked.during else "between"
    since, until = (times.text(one)[:16].replace("T", " ") for one in (asked.since, asked.until))
    return f"{word} {since} and {until} UTC"
