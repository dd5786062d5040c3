"""What a command asks for, read out of its parameters; nonsense is refused in words that say what to write."""

from typing import Any

import msgspec

from data import times
from engine.query.durations import FORMS, parse_duration

LONGEST = 366 * times.DAY  # a silence that lasts longer is a setting, and belongs into the configuration
LONGEST_TEXT = 2_000  # characters of a comment


class Refused(Exception):
    """The command cannot be carried out; the text is for the person who gave it."""


class Done(msgspec.Struct, frozen=True):
    """What became of a command. `undo` holds the parameters of the command that takes it back, None where there is
    none; `warnings` are meant for who gave it, and stand in `text` too."""

    ok: bool
    text: str
    target: str = ""
    undo: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()


class Asked:
    """The parameters of one command. Raises Refused for what cannot be read."""

    def __init__(self, params: dict[str, Any] | None, now: int) -> None:
        self.params = params or {}
        self.now = now

    def text(self, name: str, default: str = "") -> str:
        value = self.params.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise Refused(f"`{name}` is no text")
        if len(value) > LONGEST_TEXT and name != "matchers":
            raise Refused(f"`{name}` is longer than {LONGEST_TEXT} characters")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or one."""
        value = self.params.get(name)
        if value is None:
            return ()
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
            raise Refused(f"`{name}` is no list of texts")
        return tuple(found)

    def numbers(self, name: str) -> tuple[int, ...]:
        value = self.params.get(name)
        if value is None:
            return ()
        found = [value] if isinstance(value, int) else value
        if not isinstance(found, list | tuple) or not all(isinstance(one, int) for one in found):
            raise Refused(f"`{name}` is no list of whole numbers")
        return tuple(found)

    def number(self, name: str, default: int) -> int:
        value = self.params.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refused(f"`{name}` is no whole number")
        return value

    def moment(self, name: str) -> int | None:
        """RFC 3339 with zone, or microseconds."""
        value = self.params.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        try:
            return times.parse(value)
        except (TypeError, ValueError):
            raise Refused(f"`{name}` is no time with zone such as 2024-04-15T08:30:00Z") from None

    def length(self, name: str) -> int | None:
        """`2h`, or a number of seconds."""
        value = self.params.get(name)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            micros: int | None = round(value * times.SECOND)
        else:
            micros = parse_duration(value) if isinstance(value, str) else None
        if micros is None or micros <= 0:
            raise Refused(f"`{name}` is no length of time; write it {FORMS}")
        return micros

    def span(self) -> tuple[int, int]:
        """Start and end of a silence: from now on if nothing else is said. Raises Refused."""
        start = self.moment("starts_at")
        start = self.now if start is None else start
        end, length = self.moment("ends_at"), self.length("duration")
        if end is not None and length is not None:
            raise Refused("both an end and a duration are given; keep one")
        if length is not None:
            end = start + length
        if end is None:
            raise Refused("when does it end? give a duration such as 2h, or an end")
        check_span(start, end, self.now)
        return start, end


def check_span(start: int, end: int, now: int) -> None:
    if end <= start:
        raise Refused(f"it ends {times.text(end)}, before it begins {times.text(start)}")
    if end <= now:
        raise Refused(f"it ended already, at {times.text(end)}; it is {times.text(now)}")
    if end - max(start, now) > LONGEST:
        raise Refused("it lasts longer than a year; make it a maintenance window in the configuration")
