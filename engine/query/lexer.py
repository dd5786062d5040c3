"""Reads the words of a filter. What a character means depends on where it stands (`since:22:00`): the parser asks."""

import re

from engine.query.errors import QueryError
from engine.query.nodes import OPERATORS, Place, Value

MAX_LENGTH = 4096  # characters of a filter

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-/]*")
_WORD = re.compile(r'[^\s()"]+')
_VALUE = re.compile(r'[^\s(),"]+')
_SPACE = re.compile(r"\s*")
_STARTS_NO_VALUE = frozenset("=<>~:!")

CONJUNCTIONS = frozenset(("and", "&&", "&"))
DISJUNCTIONS = frozenset(("or", "||", "|"))
NEGATIONS = frozenset(("not",))
KEYWORDS = CONJUNCTIONS | DISJUNCTIONS | NEGATIONS


class Lexer:
    """A reading head over one filter; `at` is the next character."""

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise QueryError(f"the filter is too long ({len(text)} characters, {MAX_LENGTH} at most)", MAX_LENGTH)
        self.text = text
        self.at = 0

    def skip(self) -> str:
        """Passes white space; gives the next character, empty at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.peek()

    def peek(self, offset: int = 0) -> str:
        place = self.at + offset
        return self.text[place : place + 1]

    def field(self) -> str | None:
        """The name of a field, if one stands here and an operator follows; the head then is at the operator.

        `:` must touch the name; the other operators may stand after a space.
        """
        found = _FIELD.match(self.text, self.at)
        if found is None or found.group().lower() in KEYWORDS:
            return None
        end = found.end()
        if operator_at(self.text, end) is None:
            spaced = _SPACE.match(self.text, end)
            end = spaced.end() if spaced else end
            if operator_at(self.text, end) in (None, ":"):
                return None
        self.at = end
        name, dot, key = found.group().partition(".")  # the key of a label keeps its case
        return name.lower() + dot + key

    def operator(self) -> str:
        """The operator that stands here (`==` is read as `=`). Only called where `field` found one."""
        op = operator_at(self.text, self.at) or ""
        self.at += len(op)
        if op == "=" and self.peek() == "=":
            self.at += 1
        return op

    def word(self) -> str:
        """The characters up to the next space, parenthesis or quote. Does not move the head."""
        found = _WORD.match(self.text, self.at)
        return found.group() if found else ""

    def value(self, after: str) -> Value:
        """One value, quoted or bare; `after` is named when it is missing."""
        here = self.skip()
        start = Place(self.at)
        if here == '"':
            return Value(self.quoted(), True, start)
        found = _VALUE.match(self.text, self.at)
        if found is None:
            raise QueryError(f"expected a value after '{after}'", start, 'for example site:S014 or text~"link down"')
        if here == "!":
            raise QueryError("'!' stands before the field, not before the value", start, "for example !site:S014")
        if here in _STARTS_NO_VALUE:
            raise QueryError(f"expected a value after '{after}', found '{here}'", start, "quote a value that starts so")
        self.at = found.end()
        if self.peek() in ('"', "("):
            raise QueryError(f"unexpected '{self.peek()}' inside a value", self.at, "put the whole value in quotes")
        return Value(found.group(), False, start)

    def quoted(self) -> str:
        r"""The text between quotes; `\"` and `\\` stand for the quote and the backslash."""
        opened, out, self.at = self.at, [], self.at + 1
        while (ch := self.peek()) != '"':
            if not ch:
                raise QueryError("the quote opened here is not closed", opened, 'add a closing "')
            if ch == "\\" and self.peek(1) in ('"', "\\"):
                self.at += 1
                ch = self.peek()
            out.append(ch)
            self.at += 1
        self.at += 1
        return "".join(out)


def operator_at(text: str, place: int) -> str | None:
    for op in OPERATORS:
        if text.startswith(op, place):
            return op
    return None
