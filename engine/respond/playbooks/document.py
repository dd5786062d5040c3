"""A playbook as it is written: read, checked, and every problem told with its line."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from data.records.severity import LEVELS
from data.times import DAY, HOUR, MINUTE, SECOND
from engine.query import parse_duration

SIZE = 64 << 10  # bytes of a file
DEPTH = 12
STEPS = 30
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`types` are those of the finding or alert (`*` for any part), all when empty; `when` is an expression in CEL."""

    on: Literal["alert", "finding", "incident", "prediction"]
    types: tuple[str, ...] = ()
    severity: Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"] = "INFO"
    when: str = ""


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`within`: afterwards the proposal expires. `four_eyes`: whoever asked for the run cannot allow it."""

    within: str = "1h"
    role: Literal["operator", "admin"] = "operator"
    four_eyes: bool = False


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cool_down` and `again` are per thing: so long after a run there is no other, and after so many in six hours it
    only proposes, since what it does does not last. `sites_per_hour` bounds what it touches by itself."""

    cool_down: str = "30m"
    per_hour: int = 20
    concurrent: int = 5
    sites_per_hour: int = 10
    again: int = 3


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"params": "with"}):
    do: str
    params: dict[str, Any] = {}


class StepOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"params": "with"}):
    """`when` is asked when the step comes; where it does not hold it is skipped. `critical`: without it the run has
    failed. `on_failure`: stop, go on, or undo what was done."""

    do: str
    name: str = ""
    when: str = ""
    params: dict[str, Any] = {}
    timeout: str = "30s"
    retries: int = 0
    critical: bool = False
    on_failure: Literal["stop", "continue", "compensate"] = "stop"
    undo: Undo | None = None


class Playbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    playbook: str
    version: int
    title: str
    trigger: Trigger
    steps: tuple[StepOf, ...]
    mode: Literal["auto", "approval"] = "approval"
    approval: Approval = Approval()
    limits: Limits = Limits()
    about: str = ""


class Problem(msgspec.Struct, frozen=True):
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Source(msgspec.Struct, frozen=True):
    """A file that could be read: the playbook, and where each part of it stands (`steps[0].do` -> line)."""

    file: str
    playbook: Playbook
    lines: Mapping[str, int]

    def at(self, where: str, text: str) -> Problem:
        """A problem with a part, at the line of the nearest part around it that has one."""
        while where and where not in self.lines:
            where = where[: max(where.rfind("."), where.rfind("["), 0)]
        return Problem(self.file, self.lines.get(where, 1), text)


def length(text: str) -> int:
    """Microseconds; 0 for what is no length of time, which `read` tells of."""
    return parse_duration(text) or 0


def read(path: Path) -> tuple[Source | None, list[Problem]]:
    """The playbook of a file, and what is wrong with it as a document."""
    try:
        body = path.read_bytes()
    except OSError as error:
        return None, [Problem(str(path), 1, f"cannot be read: {error.strerror}")]
    return read_text(body, path.name)


def read_text(body: bytes, file: str) -> tuple[Source | None, list[Problem]]:
    if len(body) > SIZE:
        return None, [Problem(file, 1, f"is over {SIZE // 1024} KiB")]
    lines: dict[str, int] = {}
    try:
        problem = _unfit(body)
        if problem is not None:
            return None, [Problem(file, problem[0], problem[1])]
        node = yaml.compose(body, yaml.CSafeLoader)
        tree = _plain(node, "", lines) if node is not None else None
        playbook = msgspec.convert(tree, Playbook)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or str(error).partition("\n")[0]
        return None, [Problem(file, mark.line + 1 if mark is not None else 1, f"is no YAML: {text}")]
    except msgspec.ValidationError as error:
        return None, [_placed(file, str(error), lines)]
    except ValueError as error:
        return None, [Problem(file, 1, str(error))]
    source = Source(file, playbook, lines)
    return source, _values(source)


def _unfit(body: bytes) -> tuple[int, str] | None:
    """What no playbook needs and some programs choke on: aliases, tags, several documents, depth."""
    depth = documents = 0
    for event in yaml.parse(body, yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            return line, "anchors and aliases are not taken"
        tag = getattr(event, "tag", None)
        if tag:
            return line, f"tags such as {tag} are not taken"
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > DEPTH:
            return line, "is nested too deeply"
        if documents > 1:
            return line, "one playbook a file"
    return None


def _plain(node: yaml.Node, where: str, lines: dict[str, int]) -> Any:
    """The node as plain values; notes on the way where each part stands."""
    lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                raise yaml.MarkedYAMLError(problem=f"'{name}' stands twice", problem_mark=key.start_mark)
            found[name] = _plain(value, f"{where}.{name}" if where else name, lines)
            lines[f"{where}.{name}" if where else name] = key.start_mark.line + 1
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, f"{where}[{place}]", lines) for place, each in enumerate(node.value)]
    return yaml.CSafeLoader("").construct_object(node)  # a scalar; `1`, `true` and dates as YAML has them


def _placed(file: str, text: str, lines: dict[str, int]) -> Problem:
    """msgspec tells the place as `$.steps[0].do`."""
    words, _, place = text.partition(" - at `$")
    where = place.rstrip("`").removeprefix(".").removesuffix("[...]")
    unknown = re.search(r"unknown field `(\w+)`", words)
    exact = ".".join(part for part in (where, unknown.group(1)) if part) if unknown else where
    while exact and exact not in lines:
        exact = exact[: max(exact.rfind("."), exact.rfind("["), 0)]
    return Problem(file, lines.get(exact, 1), f"{where + ': ' if where else ''}{words[:1].lower()}{words[1:]}")


def _values(source: Source) -> list[Problem]:
    """What types do not say: names, lengths of time, numbers."""
    book = source.playbook
    found: list[Problem] = []

    def need(good: bool, where: str, text: str) -> None:
        if not good:
            found.append(source.at(where, f"{where}: {text}"))

    def span(text: str, where: str, least: int, most: int) -> None:
        micros = parse_duration(text)
        good = micros is not None and least <= micros <= most
        need(good, where, f"'{text}' is no time between {least // SECOND} s and {most // SECOND} s, such as 90s or 15m")

    need(NAME.fullmatch(book.playbook) is not None, "playbook", "a name of small letters, digits and _")
    need(book.version >= 1, "version", "counts from 1")
    need(0 < len(book.steps) <= STEPS, "steps", f"between 1 and {STEPS} steps")
    need(bool(book.title.strip()), "title", "is empty")
    span(book.approval.within, "approval.within", MINUTE, 7 * DAY)
    span(book.limits.cool_down, "limits.cool_down", 0, 30 * DAY)
    for name in ("per_hour", "concurrent", "sites_per_hour", "again"):
        need(1 <= getattr(book.limits, name) <= 10_000, f"limits.{name}", "is not between 1 and 10000")
    for place, step in enumerate(book.steps):
        where = f"steps[{place}]"
        span(step.timeout, f"{where}.timeout", SECOND, 6 * HOUR)
        need(0 <= step.retries <= 10, f"{where}.retries", "is not between 0 and 10")
    need(book.trigger.severity in LEVELS, "trigger.severity", "is no severity")
    return found
