"""What an explanation is, and the words that several of them use."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from data import times
from data.records.feed import FeedEntry
from data.records.severity import NAMES
from data.store import Reader


class Explanation(msgspec.Struct):
    """`lines` are (label, text) facts; `because` the reasons, in words, weightiest first; `evidence` what they rest
    on, (label, text) again; `timeline` (RFC 3339 time, who, what), oldest first."""

    ref: str
    title: str
    lines: list[tuple[str, str]] = msgspec.field(default_factory=list)
    because: list[str] = msgspec.field(default_factory=list)
    evidence: list[tuple[str, str]] = msgspec.field(default_factory=list)
    timeline: list[tuple[str, str, str]] = msgspec.field(default_factory=list)

    def fact(self, label: str, text: object) -> None:
        """Notes a fact; nothing known is nothing said."""
        if text not in (None, "", [], {}):
            self.lines.append((label, str(text)))

    def text(self) -> str:
        """As a person reads it."""
        width = max((len(label) for label, _ in self.lines + self.evidence), default=0)
        parts = [f"{self.ref}  {self.title}", *(f"  {label:<{width}}  {text}" for label, text in self.lines)]
        if self.because:
            parts += ["", "because", *(f"  * {reason}" for reason in self.because)]
        if self.evidence:
            parts += ["", "evidence", *(f"  {label:<{width}}  {text}" for label, text in self.evidence)]
        if self.timeline:
            parts += ["", "timeline", *(f"  {time}  {who}: {what}" for time, who, what in self.timeline)]
        return "\n".join(parts)


def severity(level: int) -> str:
    return NAMES[level]


def moment(micros: int | None) -> str:
    return "-" if micros is None else times.text(micros)


def span(micros: int) -> str:
    """A length of time as people say it: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    seconds = micros // times.SECOND
    for size, name, smaller, less in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {name}" + (f" {rest} {less}" if rest else "")
    return f"{seconds} s" if seconds else f"{micros // 1000} ms"


def some(values: Iterable[str], most: int = 8) -> str:
    """The first of them, and how many more there are."""
    listed = list(values)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def spoken(params: Mapping[str, Any]) -> str:
    """Parameters as people read them, nothing left out: `title: Charge it; lasts: 8h`. What is nested deeper than a
    list of words stays as it is written."""
    return "; ".join(f"{name}: {_worded(value)}" for name, value in params.items())


def _worded(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else plain(value)


def plain(value: Any) -> str:
    """Evidence of any shape in one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and all(isinstance(part, (str, int, float, bool)) for part in value.values()):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return msgspec.json.encode(value).decode()


MOST = 200  # entries of a timeline that are told


def history(reader: Reader, ref: str, tenant: str, since: int, until: int | None) -> list[tuple[str, str, str]]:
    """What the feed and the audit say of `ref`, in order of time; the newest `MOST`."""
    told: list[tuple[int, int, str, str]] = []
    for entry in reader.feed(since, until):
        if entry.ref == ref and entry.partition == tenant:
            told.append((entry.time, entry.sequence, "engine", _said(entry)))
    for row in reader.audit(since, until):
        if row.target == ref and row.tenant == tenant:
            told.append((row.time, row.seq, row.actor, f"{row.action}: {row.outcome}"))
    told.sort(key=lambda line: line[:2])
    return [(times.text(time), who, what) for time, _, who, what in told[-MOST:]]


def _said(entry: FeedEntry) -> str:
    told = entry.data.get
    parts = (entry.type.replace("_", " "), told("what"), told("status") or told("state"), severity(entry.severity))
    return ", ".join(str(part) for part in parts if part)
