"""Reads the syntax of RE2 (github.com/google/re2/wiki/Syntax) as far as matchers need it."""

import re
from collections.abc import Iterator

import msgspec

LONGEST = 1_000  # characters of a pattern
DEEPEST = 40  # groups within groups
MOST_TIMES = 1_000  # as RE2 has it
MOST_LITERALS = 64
LAST = 0x10FFFF

Range = tuple[int, int]


class RegexError(ValueError):
    """The pattern cannot be used; `remedy` says what to write instead."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy


class Chars(msgspec.Struct, frozen=True):
    """A set of characters, as ranges of code points in order."""

    ranges: tuple[Range, ...]

    def __contains__(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges)

    def single(self) -> str | None:
        """The one character, if it is one."""
        if len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]:
            return chr(self.ranges[0][0])
        return None


class Node(msgspec.Struct, frozen=True):
    """`chars`, `row` (one after the other), `choice`, `repeat` (`most` None: without end), `start`, `end`."""

    kind: str
    chars: Chars | None = None
    parts: tuple["Node", ...] = ()
    least: int = 0
    most: int | None = None


_DIGIT: tuple[Range, ...] = ((48, 57),)
_WORD: tuple[Range, ...] = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: tuple[Range, ...] = ((9, 10), (12, 13), (32, 32))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_POSIX: dict[str, tuple[Range, ...]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)), "alpha": ((65, 90), (97, 122)), "digit": _DIGIT, "lower": ((97, 122),),
    "upper": ((65, 90),), "space": ((9, 13), (32, 32)), "word": _WORD, "xdigit": ((48, 57), (65, 70), (97, 102)),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
}  # fmt: skip
_CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_COUNT = re.compile(r"\{([0-9]{1,4})(,([0-9]{0,4}))?\}")
_GROUP = re.compile(r"\?(?:P?<[A-Za-z0-9_]+>|([is]*)(?:-([is]+))?(:|\)))")
_HEX = re.compile(r"x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})")
_POSIX_CLASS = re.compile(r"\[:(\^?)([a-z]+):\]")
_EMPTY = Node("row")


def parse(pattern: str, *, ignore_case: bool = False) -> Node:
    """Raises RegexError."""
    if len(pattern) > LONGEST:
        raise RegexError(f"the pattern is longer than {LONGEST} characters", "shorten it, or use several matchers")
    reader = _Reader(pattern, ignore_case)
    node = reader.choice(0)
    if reader.place < len(pattern):
        raise RegexError("a `)` closes nothing", r"write `\)` for the character itself")
    return node


def literal_texts(node: Node) -> frozenset[str] | None:
    """All texts that match, if they are at most `MOST_LITERALS`."""
    if node.kind == "chars":
        assert node.chars is not None
        one = node.chars.single()
        return None if one is None else frozenset((one,))
    if node.kind == "choice":
        found: set[str] = set()
        for part in node.parts:
            texts = literal_texts(part)
            if texts is None or len(found) + len(texts) > MOST_LITERALS:
                return None
            found |= texts
        return frozenset(found)
    if node.kind != "row":
        return None
    texts = frozenset(("",))
    for part in node.parts:
        more = literal_texts(part)
        if more is None or len(texts) * len(more) > MOST_LITERALS:
            return None
        texts = frozenset(left + right for left in texts for right in more)
    return texts


class _Reader:
    def __init__(self, pattern: str, ignore_case: bool) -> None:
        self.pattern = pattern
        self.place = 0
        self.ignore_case = ignore_case
        self.dot_all = False

    def choice(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise RegexError(f"groups are nested more than {DEEPEST} deep", "write it flatter")
        flags = self.ignore_case, self.dot_all
        parts = [self.row(depth)]
        while self.pattern[self.place : self.place + 1] == "|":
            self.place += 1
            parts.append(self.row(depth))
        self.ignore_case, self.dot_all = flags
        return parts[0] if len(parts) == 1 else Node("choice", parts=tuple(parts))

    def row(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.place < len(self.pattern) and self.pattern[self.place] not in "|)":
            parts.append(self.repeated(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Node("row", parts=tuple(parts))

    def repeated(self, node: Node) -> Node:
        times = self.times()
        if times is None:
            return node
        if self.pattern[self.place : self.place + 1] == "?":
            self.place += 1  # lazy or not is the same where the whole text must match
        if self.pattern[self.place : self.place + 1] in ("*", "+"):
            raise RegexError("a repetition repeats nothing", "remove it, or put brackets around what it repeats")
        return Node("repeat", parts=(node,), least=times[0], most=times[1])

    def times(self) -> tuple[int, int | None] | None:
        sign = self.pattern[self.place : self.place + 1]
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if sign in simple:
            self.place += 1
            return simple[sign]
        found = _COUNT.match(self.pattern, self.place)
        if found is None:
            return None
        self.place = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if max(least, most or 0) > MOST_TIMES or (most is not None and most < least):
            raise RegexError(f"`{found[0]}` is no number of times", f"write at most {MOST_TIMES}, the smaller first")
        return least, most

    def atom(self, depth: int) -> Node:
        sign = self.pattern[self.place]
        self.place += 1
        if sign == "(":
            return self.group(depth)
        if sign == "[":
            return self.brackets()
        if sign == "\\":
            return self.escaped()
        if sign == ".":
            return Node("chars", Chars(((0, LAST),) if self.dot_all else ((0, 9), (11, LAST))))
        if sign in "^$":
            return Node("start" if sign == "^" else "end")
        if sign in "*+?":
            raise RegexError(f"`{sign}` repeats nothing", rf"write `.{sign}` for any text, `\{sign}` for the character")
        return self.letters(((ord(sign), ord(sign)),))

    def group(self, depth: int) -> Node:
        if self.pattern[self.place : self.place + 1] == "?":
            found = _GROUP.match(self.pattern, self.place)
            if found is None:
                raise RegexError("looking around and comments have no place here", "use a second matcher with !~")
            self.place = found.end()
            flags = self.ignore_case, self.dot_all
            for flag in found[1] or "":
                self.set_flag(flag, True)
            for flag in found[2] or "":
                self.set_flag(flag, False)
            if found[3] == ")":
                return _EMPTY  # it holds for the rest of the group around it
            node = self.closed(depth)
            self.ignore_case, self.dot_all = flags
            return node
        return self.closed(depth)

    def set_flag(self, flag: str, on: bool) -> None:
        if flag == "i":
            self.ignore_case = on
        else:
            self.dot_all = on

    def closed(self, depth: int) -> Node:
        node = self.choice(depth + 1)
        if self.pattern[self.place : self.place + 1] != ")":
            raise RegexError("a `(` is not closed", r"close it, or write `\(` for the character itself")
        self.place += 1
        return node

    def escaped(self) -> Node:
        sign = self.pattern[self.place : self.place + 1]
        if sign.lower() in _CLASSES and sign:
            self.place += 1
            ranges = _CLASSES[sign.lower()]
            return Node("chars", Chars(inverse(ranges) if sign.isupper() else ranges))
        if sign in ("A", "z") and sign:
            self.place += 1
            return Node("start" if sign == "A" else "end")
        code = self.escaped_code()
        return self.letters(((code, code),))

    def escaped_code(self) -> int:
        sign = self.pattern[self.place : self.place + 1]
        found = _HEX.match(self.pattern, self.place)
        if found is not None:
            self.place = found.end()
            return min(int(found[1] or found[2], 16), LAST)
        self.place += 1
        if sign in _CONTROLS:
            return _CONTROLS[sign]
        if not sign:
            raise RegexError("the pattern ends in a backslash", r"write `\\` for the character itself")
        if sign.isdigit():
            raise RegexError(f"`\\{sign}` refers back, which no linear matching can do", "write out what it may be")
        if sign.isalpha():
            raise RegexError(f"`\\{sign}` is not known here", r"known are \d \w \s \D \W \S \t \n \xHH \A \z")
        return ord(sign)

    def brackets(self) -> Node:
        negated = self.pattern[self.place : self.place + 1] == "^"
        self.place += negated
        ranges: list[Range] = []
        first = True
        while (sign := self.pattern[self.place : self.place + 1]) != "]" or first:
            if not sign:
                raise RegexError("a `[` is not closed", r"close it, or write `\[` for the character itself")
            ranges += self.bracket_item()
            first = False
        self.place += 1
        found = tuple(cased(ranges)) if self.ignore_case else tuple(ranges)
        return Node("chars", Chars(inverse(found) if negated else found))

    def bracket_item(self) -> tuple[Range, ...]:
        posix = _POSIX_CLASS.match(self.pattern, self.place)
        if posix is not None:
            if posix[2] not in _POSIX:
                raise RegexError(f"`{posix[0]}` is no class", f"known are {', '.join(_POSIX)}")
            self.place = posix.end()
            return inverse(_POSIX[posix[2]]) if posix[1] else _POSIX[posix[2]]
        if self.pattern[self.place] == "\\" and self.pattern[self.place + 1 : self.place + 2].lower() in (
            "d",
            "w",
            "s",
        ):
            sign = self.pattern[self.place + 1]
            self.place += 2
            return inverse(_CLASSES[sign.lower()]) if sign.isupper() else _CLASSES[sign]
        low = self.bracket_code()
        ahead = self.pattern[self.place : self.place + 2]
        if len(ahead) == 2 and ahead[0] == "-" and ahead[1] != "]":
            self.place += 1
            high = self.bracket_code()
            if high < low:
                raise RegexError(f"`{chr(low)}-{chr(high)}` is no range", "write the smaller character first")
            return ((low, high),)
        return ((low, low),)

    def bracket_code(self) -> int:
        sign = self.pattern[self.place]
        self.place += 1
        return self.escaped_code() if sign == "\\" else ord(sign)

    def letters(self, ranges: tuple[Range, ...]) -> Node:
        return Node("chars", Chars(tuple(cased(ranges)) if self.ignore_case else ranges))


def inverse(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """Everything else."""
    found: list[Range] = []
    free = 0
    for low, high in sorted(ranges):
        if low > free:
            found.append((free, low - 1))
        free = max(free, high + 1)
    if free <= LAST:
        found.append((free, LAST))
    return tuple(found)


def cased(ranges: list[Range] | tuple[Range, ...]) -> Iterator[Range]:
    """The ranges, and the same letters in the other case; wide ranges only for ASCII letters."""
    for low, high in ranges:
        yield low, high
        if low == high:
            other = chr(low).swapcase()
            if len(other) == 1 and ord(other) != low:
                yield ord(other), ord(other)
            continue
        for first, last, shift in ((65, 90, 32), (97, 122, -32)):
            if max(low, first) <= min(high, last):
                yield max(low, first) + shift, min(high, last) + shift
