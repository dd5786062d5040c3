"""The grammar of matchers: `{name="value", other!~"a|b",}`; what it refuses, it refuses with a place and a remedy."""

import re

import msgspec

LONGEST = 4_096  # characters of a set of matchers
_RESERVED = set("{}!=~,\\\"'`")
_BARE = re.compile(r"[^{}!=~,\\\"'`\s]+")
_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(r"=~|!~|!=|=")
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL
)
_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34}


class MatcherError(ValueError):
    """`position` counts characters from 0."""

    def __init__(self, text: str, position: int, remedy: str) -> None:
        super().__init__(f"{text} at character {position + 1}; {remedy}")
        self.text = text
        self.position = position
        self.remedy = remedy


class Matcher(msgspec.Struct, frozen=True):
    """One condition; `op` is one of `=` `!=` `=~` `!~`. `place` is where it stood in the text."""

    name: str
    op: str
    value: str
    place: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matcher) and (self.name, self.op, self.value) == (other.name, other.op, other.value)

    def __hash__(self) -> int:
        return hash((self.name, self.op, self.value))

    @property
    def negative(self) -> bool:
        return self.op[0] == "!"

    @property
    def regex(self) -> bool:
        return self.op[-1] == "~"

    @property
    def text(self) -> str:
        name = self.name if _BARE.fullmatch(self.name) else quoted(self.name)
        return f"{name}{self.op}{quoted(self.value)}"


def quoted(text: str) -> str:
    simple = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{simple}"'


def read_matchers(text: str) -> list[Matcher]:
    """In the order written; empty for nothing and for `{}`. Raises MatcherError."""
    if len(text) > LONGEST:
        raise MatcherError(f"longer than {LONGEST} characters", LONGEST, "use several silences")
    reader = _Reader(text)
    braces = reader.take("{")
    found: list[Matcher] = []
    while not reader.at_end and not reader.sees("}"):
        found.append(reader.matcher())
        if not reader.take(","):
            break
    if braces and not reader.take("}"):
        reader.refuse("the `{` is not closed" if reader.at_end else "a comma or `}` is expected", "add it")
    if not reader.at_end:
        reader.refuse(
            "a comma is expected", "separate matchers with commas, and quote values that hold signs or spaces"
        )
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self._skip()

    @property
    def at_end(self) -> bool:
        return self.place >= len(self.text)

    def sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.place)

    def take(self, sign: str) -> bool:
        if not self.sees(sign):
            return False
        self.place += len(sign)
        self._skip()
        return True

    def refuse(self, text: str, remedy: str) -> None:
        raise MatcherError(text, self.place, remedy)

    def matcher(self) -> Matcher:
        place = self.place
        name = self._word("the name of a label", 'write it such as site="S014"')
        found = _OPERATOR.match(self.text, self.place)
        if found is None:
            self.refuse(
                f"after `{name}` one of = != =~ !~ is expected", f'write alertname="{name}" for alerts so called'
            )
        assert found is not None
        self.place = found.end()
        self._skip()
        value = self._word(f"the value of `{name}`", f'write it in quotes; for an empty one, {name}{found[0]}""')
        if not name:
            raise MatcherError("the name of the label is empty", place, 'write it such as site="S014"')
        return Matcher(name, found[0], value, place)

    def _word(self, what: str, remedy: str) -> str:
        if self.sees('"'):
            found = _QUOTED.match(self.text, self.place)
            if found is None:
                self.refuse("the quotes are not closed", "close them on the same line")
            assert found is not None
            word = unescaped(found[1], self.place)
        else:
            found = _BARE.match(self.text, self.place)
            if found is None:
                self.refuse(f"{what} is expected", remedy)
            assert found is not None
            word = found[0]
        self.place = found.end()
        self._skip()
        return word

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.place)
        assert found is not None
        self.place = found.end()


def unescaped(text: str, place: int) -> str:
    """Go's escapes in double quotes; bytes written as `\\xHH` must come to UTF-8. Raises MatcherError."""
    if "\\" not in text:
        return text
    raw = bytearray()
    end = 0
    for found in _ESCAPE.finditer(text):
        raw += text[end : found.start()].encode("utf-8", "surrogatepass")
        end = found.end()
        simple, byte, short, long, octal, wrong = found.groups()
        if wrong is not None or (octal is not None and int(octal, 8) > 255):
            remedy = "write `\\\\` for a backslash"
            raise MatcherError(f"`{found[0]}` is no escape", place + 1 + found.start(), remedy)
        if simple is not None:
            raw.append(_SIMPLE[simple])
        elif byte is not None or octal is not None:
            raw.append(int(byte, 16) if byte is not None else int(octal, 8))
        else:
            raw += chr(min(int(short or long, 16), 0x10FFFF)).encode("utf-8", "surrogatepass")
    raw += text[end:].encode("utf-8", "surrogatepass")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MatcherError("the value is no UTF-8", place, "write the characters themselves") from None
