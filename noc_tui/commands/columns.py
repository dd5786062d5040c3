"""Two columns of a CSV file, a time and a number, read in blocks; whatever is wrong is told with its line."""

import csv
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple, TextIO

from data import times
from noc_tui.commands.ending import BadInput

BLOCK = 4_000  # rows
TIME_NAMES = ("timestamp", "time", "datetime", "date", "ts", "ds")
VALUE_NAMES = ("value", "values", "y", "v")
MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "nil", "-", "?", "inf", "-inf", "+inf", "infinity"))
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")


class Row(NamedTuple):
    time: int  # microseconds UTC
    value: float  # NaN: missing
    time_text: str
    value_text: str


class Columns:
    """The rows of one file. Raises BadInput, naming file and line, for what cannot be read."""

    def __init__(self, file: TextIO, name: str, time: str | None = None, value: str | None = None) -> None:
        self.name = name
        self._reader = csv.reader(file)
        self._line = 0
        head = self._next()
        if head is None:
            raise BadInput(f"{name}: the file is empty")
        self._pending: list[str] | None = None
        if time is None and value is None and _looks_like_data(head):
            self._time, self._value = 0, 1
            self._pending = head
        else:
            self._time, self._value = _chosen(head, name, time, value)

    def block(self) -> list[Row]:
        """The next rows, at most BLOCK; none at the end."""
        rows: list[Row] = []
        while len(rows) < BLOCK:
            cells = self._pending if self._pending is not None else self._next()
            self._pending = None
            if cells is None:
                break
            rows.append(self._row(cells))
        return rows

    def __iter__(self) -> Iterator[Row]:
        while rows := self.block():
            yield from rows

    def _next(self) -> list[str] | None:
        """The next line that is not blank."""
        try:
            for cells in self._reader:
                self._line = self._reader.line_num
                if cells:
                    return cells
        except csv.Error as error:
            raise BadInput(f"{self.name}, line {self._reader.line_num}: {error}") from None
        except UnicodeDecodeError:
            raise BadInput(f"{self.name}, after line {self._reader.line_num}: this is no UTF-8 text") from None
        return None

    def _row(self, cells: list[str]) -> Row:
        if len(cells) <= max(self._time, self._value):
            held = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
            raise BadInput(f"{self.name}, line {self._line}: {held}, but {max(self._time, self._value) + 1} are needed")
        time, value = cells[self._time], cells[self._value]
        try:
            moment = moment_of(time)
        except (ValueError, OverflowError):
            raise BadInput(f"{self.name}, line {self._line}: `{_short(time)}` is no time") from None
        try:
            number = number_of(value)
        except ValueError:
            raise BadInput(f"{self.name}, line {self._line}: `{_short(value)}` is no number") from None
        return Row(moment, number, time, value)


def moment_of(text: str) -> int:
    """A time in microseconds: RFC 3339, `2014-04-01 00:00:00` (taken as UTC), or seconds or milliseconds since 1970."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        seconds = number / 1000 if abs(number) > 1e11 else number
        if abs(seconds) > 1e11:
            raise ValueError(text)
        return round(seconds * times.SECOND)
    moment = datetime.fromisoformat(text)
    return times.from_datetime(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def number_of(text: str) -> float:
    """A number; NaN for a missing one and for one that is not finite."""
    if text.strip().lower() in MISSING:
        return math.nan
    number = float(text)
    return number if math.isfinite(number) else math.nan


def _looks_like_data(cells: list[str]) -> bool:
    if len(cells) < 2:
        return False
    try:
        moment_of(cells[0])
        number_of(cells[1])
    except (ValueError, OverflowError):
        return False
    return True


def _chosen(head: list[str], name: str, time: str | None, value: str | None) -> tuple[int, int]:
    """Positions of the two columns: as asked for, else by their usual names, else the first two."""
    names = [cell.strip() for cell in head]
    at = _asked(names, name, time) if time is not None else _usual(names, TIME_NAMES, None)
    of = _asked(names, name, value) if value is not None else _usual(names, VALUE_NAMES, at)
    if at is None:
        at = next((each for each in range(len(names)) if each != of), None)
    if of is None:
        of = next((each for each in range(len(names)) if each != at), None)
    if at is None or of is None:
        raise BadInput(f"{name}, line 1: a time and a value are needed, but there is one column only")
    if at == of:
        raise BadInput(f"{name}, line 1: time and value cannot both be `{_short(names[at])}`")
    return at, of


def _asked(names: list[str], name: str, wanted: str) -> int:
    if wanted in names:
        return names.index(wanted)
    there = ", ".join(_short(each) for each in names[:20])
    raise BadInput(f"{name}, line 1: there is no column `{wanted}`; there are: {there}")


def _usual(names: list[str], words: tuple[str, ...], taken: int | None) -> int | None:
    lowered = [name.lower() for name in names]
    return next((lowered.index(word) for word in words if word in lowered and lowered.index(word) != taken), None)


def _short(text: str) -> str:
    """At most 40 letters, and nothing that a terminal could obey."""
    clean = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return clean if len(clean) <= 40 else clean[:39] + "…"
