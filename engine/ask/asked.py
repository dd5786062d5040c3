"""A question as it was understood, and how that is written: in the filter language, with a kind before and the range,
grouping, order and limit behind. What is written can be asked again.

    alerts severity>=HIGH site:S014 since:2026-01-05T00:00:00Z until:2026-01-06T00:00:00Z by:site order:count limit:10
"""

import re
from typing import Any, Final, Literal

import msgspec

from data import times
from data.times import SECOND
from engine.query import QueryError, parse
from engine.query.exports import export_schema

Kind = Literal["alerts", "incidents", "metrics", "fraud", "trends", "predictions", "tickets"]
Reason = Literal["ambiguous", "unknown_name", "out_of_scope", "read_only", "invalid"]
KINDS: Final = ("alerts", "incidents", "metrics", "fraud", "trends", "predictions", "tickets")
MOST: Final = 1_000
USUAL: Final = 100
ORDERS: Final = ("time", "-time", "severity", "priority", "count", "fewest", "probability", "deadline")
LASTING: Final = ("alerts", "incidents", "tickets", "predictions")  # what has an end
HAVING: Final = re.compile(r"([<>]=?)(\d+(?:\.\d+)?)")
GROUPS: Final = ("site", "person", "severity", "status", "type", "client", "entity", "hour", "day", "kind", "level",
                 "assignee", "group", "category", "priority")  # fmt: skip


class NotUnderstood(Exception):
    """A question that is not answered, with the reason and what may be asked instead."""

    def __init__(self, reason: Reason, message: str, suggestions: list[str] | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.suggestions = suggestions or []


class Asked(msgspec.Struct):
    """`of` are the rows that a trend counts; `where` a filter over the rows of the export; `during` asks for what was
    open in the range instead of what began in it; `metric` and `aggregate` are those of metrics; `having` bounds the
    count (of metrics the value) of a group, such as `>10`; `lasted` is how long a row went on at least. Times in
    microseconds, half-open."""

    kind: Kind
    since: int
    until: int
    where: list[str] = []
    filters: dict[str, Any] = {}
    of: str = ""
    during: bool = False
    group_by: list[str] = []
    order_by: str = "-time"
    limit: int = USUAL
    metric: str = ""
    aggregate: str = "avg"
    having: str = ""
    lasted: int = 0

    @property
    def rows(self) -> str:
        """The kind of export that is read."""
        return self.of if self.kind == "trends" else self.kind

    def check(self) -> None:
        """Raises NotUnderstood for a bound that bounds nothing here: dropped, it would answer another question."""
        if self.having and not self.group_by and self.kind != "metrics":
            told = f"what is to be {self.having}? Say it of groups, or of a probability, priority or metric"
            raise NotUnderstood("invalid", told, [f"sites with more than 10 {self.rows}"])
        if self.lasted and self.rows not in LASTING:
            raise NotUnderstood("invalid", f"{self.rows} have no length", ["incidents lasting longer than 4 hours"])

    def written(self) -> str:
        """The interpretation."""
        parts: list[str] = [self.kind]
        if self.kind == "trends":
            parts.append(f"of:{self.of}")
        if self.kind == "metrics":
            parts += [f"metric:{self.metric}", f"aggregate:{self.aggregate}"]
        parts += self.where
        parts += [f"since:{times.text(self.since)}", f"until:{times.text(self.until)}"]
        if self.during:
            parts.append("during:yes")
        if self.group_by:
            parts.append(f"by:{','.join(self.group_by)}")
        if self.having:
            parts.append(f"having:{self.having}")
        if self.lasted:
            parts.append(f"lasting:{self.lasted // SECOND}s")
        return " ".join([*parts, f"order:{self.order_by}", f"limit:{self.limit}"])


_OWN: Final = re.compile(r"(?<!\S)(of|metric|aggregate|since|until|during|by|having|lasting|order|limit):(\S+)")


def read_written(text: str, now: int, day: int) -> Asked | None:
    """An interpretation, perhaps edited; None for a text that is none. Raises NotUnderstood for a wrong one."""
    kind, _, rest = text.strip().partition(" ")
    given = dict(_OWN.findall(rest))
    where = _OWN.sub("", rest).split()
    if kind not in KINDS or not (given or where) or any(not re.search(r"[:=<>~!]|^\(|\)$|^or$", one) for one in where):
        return None
    asked = Asked(kind, now - day, now + 1)  # type: ignore[arg-type]
    try:
        asked.since = times.parse(given["since"]) if "since" in given else asked.since
        asked.until = times.parse(given["until"]) if "until" in given else asked.until
        asked.limit = max(1, min(MOST, int(given.get("limit", USUAL))))
    except ValueError as error:
        raise NotUnderstood("invalid", str(error)) from None
    asked.of, asked.metric = given.get("of", "alerts" if kind == "trends" else ""), given.get("metric", "")
    asked.aggregate, asked.during = given.get("aggregate", "avg"), given.get("during") == "yes"
    asked.group_by = [word for word in given.get("by", "").split(",") if word]
    asked.order_by = given.get("order", asked.order_by)
    asked.having = given.get("having", "")
    asked.where = where
    if asked.having and not HAVING.fullmatch(asked.having):
        raise NotUnderstood("invalid", f"`having:{asked.having}` is no bound; write `having:>10`")
    length = re.fullmatch(r"(\d{1,12})s", given.get("lasting", "0s"))
    if length is None:
        raise NotUnderstood("invalid", f"`lasting:{given['lasting']}` is no length; write `lasting:14400s`")
    asked.lasted = int(length[1]) * SECOND
    asked.check()
    for word, known in ((asked.group_by, GROUPS), ([asked.order_by], ORDERS)):
        wrong = next((one for one in word if one not in known), None)
        if wrong is not None:
            raise NotUnderstood("invalid", f"`{wrong}` is not one of {', '.join(known)}")
    if asked.kind == "metrics":
        asked.filters = _places(" ".join(where))
        return asked
    try:
        parse(" ".join(where)).compile(export_schema(asked.rows))
    except (QueryError, KeyError) as error:
        raise NotUnderstood("invalid", f"the filter cannot be used: {error}") from None
    asked.filters = {"where": " ".join(where)} if where else {}
    return asked


_VALUE: Final = r'(?:"[^"]*"|[^\s",]+)'
_PLACE: Final = re.compile(rf"(?<!\S)(site|client|entity):({_VALUE}(?:,{_VALUE})*)(?!\S)")


def _places(where: str) -> dict[str, Any]:
    """Of which places a metric is wanted. Raises NotUnderstood for any other filter: metrics have no other columns."""
    rest = _PLACE.sub("", where).strip()
    if rest:
        raise NotUnderstood("invalid", f"metrics have site, client and entity, as in `site:S001,S002`; not `{rest}`")
    return {field: [one.strip('"') for one in re.findall(_VALUE, values)] for field, values in _PLACE.findall(where)}
