"""Hostile text made harmless, once, on the way in.

Whoever can fail a login can write into an operator's screen, so no text may keep a character that a terminal acts
upon, that reorders or hides its neighbours, or that has no shape of its own:

* C0 controls become their pictures (ESC is shown as U+241B); tab, line ends, U+2028 and U+2029 become a space;
* DEL, C1, bidirectional embeddings, overrides and isolates, other format characters, private use, noncharacters,
  surrogates and the planes that hold nothing become U+FFFD, so that the attempt stays visible;
* invisible ones that also turn up innocently go without a trace: zero-width spaces and joiners, directional marks,
  soft hyphen, byte order mark, variation selectors, fillers, the tag block.

Letters of every script, accents, CJK and emoji survive. U+200C survives where spelling needs it: beside an Indic
virama and between Arabic letters (RFC 5892, appendix A.1). U+200D does not: Rich measures what follows it as
glued, terminals do not, and the row would run over its edge; a half form may then be drawn as a conjunct.

The sets are fixed here instead of taken from `unicodedata`, because the same recording has to give the same text
under every Python; for that reason code points of planes 0-3 that are not assigned yet are left alone.
"""

import json
import re
from typing import Final

import msgspec

REPLACEMENT: Final = "\ufffd"
ELLIPSIS: Final = "…"

_BACKSLASH: Final = 0x5C  # as integers: `in` is then one memchr, ten times as fast as with a bytes object
_DELETE: Final = 0x7F

Ranges = tuple[tuple[int, int], ...]

_SPACE: Final[Ranges] = ((0x09, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_PICTURE: Final[Ranges] = ((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F))
_REMOVE: Final[Ranges] = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200B), (0x200D, 0x200F), (0x2060, 0x2064), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF),
)  # fmt: skip
_REPLACE: Final[Ranges] = (
    (0x007F, 0x009F), (0x0600, 0x0605), (0x06DD, 0x06DD), (0x070F, 0x070F), (0x0890, 0x0891), (0x08E2, 0x08E2),
    (0x202A, 0x202E), (0x2065, 0x206F), (0xD800, 0xF8FF), (0xFDD0, 0xFDEF), (0xFFF0, 0xFFFB), (0xFFFE, 0xFFFF),
    (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0x1FFFE, 0x1FFFF), (0x2FFFE, 0x2FFFF), (0x3FFFE, 0xDFFFF), (0xE1000, 0x10FFFF),
)  # fmt: skip
_NON_JOINER: Final = 0x200C

# Viramas of living scripts: combining class 9 in the Unicode database.
_VIRAMA: Final = (
    "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u17d2"
)
_ARABIC: Final = "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c9"


def _class(ranges: Ranges) -> str:
    return "[" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges) + "]"


_HOSTILE: Final = re.compile(_class(_SPACE + _PICTURE + _REMOVE + _REPLACE))
_IS_SPACE: Final = re.compile(_class(_SPACE))
_IS_REMOVED: Final = re.compile(_class(_REMOVE))
_STRAY_NON_JOINER: Final = re.compile(
    f"(?<![{_VIRAMA}])\u200c(?![{_VIRAMA}])(?:(?<![{_ARABIC}]\u200c)|(?![{_ARABIC}]))"
)


def _harmless(found: re.Match[str]) -> str:
    character = found.group()
    if _IS_SPACE.match(character):
        return " "
    if character < " ":
        return chr(0x2400 + ord(character))
    return "" if _IS_REMOVED.match(character) else REPLACEMENT


def clean_text(text: str, limit: int | None = 4_000) -> str:
    """`text` without anything a terminal could act upon, at most `limit` characters, the last an ellipsis if cut.

    Text that is clean comes back as the same object; cleaning twice changes nothing more.
    """
    if not (text.isascii() and text.isprintable()):
        text = _HOSTILE.sub(_harmless, text)
        if "\u200c" in text:
            text = _STRAY_NON_JOINER.sub("", text)
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + ELLIPSIS[: max(limit, 0)]
    return text


def is_clean(text: str) -> bool:
    """Does `text` hold nothing of what `clean_text` would disarm? A stray U+200C is let pass: it has no effect."""
    return (text.isascii() and text.isprintable()) or _HOSTILE.search(text) is None


def clean_bytes(raw: bytes, limit: int | None = 4_000) -> str:
    """Bytes of unknown origin (a refused line, a datagram) as clean text; what is not UTF-8 shows as U+FFFD."""
    return clean_text(raw.decode("utf-8", "replace"), limit)


def clean_line(line: bytes) -> bytes:
    """One JSON document with every string in it cleaned, keys too; everything between the strings stays as it was.

    A line with nothing to clean comes back as the same object. What is not JSON is left for the decoder to refuse.
    Raises ValueError where the line is not UTF-8. Lengths are not capped here: each field has its own cap.
    """
    if line.isascii():
        if _BACKSLASH not in line and _DELETE not in line:
            return line
    else:
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"not UTF-8: byte 0x{line[error.start]:02x} at position {error.start} ({error.reason})"
            ) from None
    suspect = _SUSPECT.search(line)
    return line if suspect is None else _clean_literals(line, suspect.start())


def _clean_literals(line: bytes, suspect: int) -> bytes:
    """`line` with its string literals cleaned, the first suspicious place being at `suspect`."""
    parts: list[bytes] = []
    done = 0
    for found in _STRING.finditer(line):
        start, end = found.span()
        if end <= suspect:
            continue
        literal = line[start:end]
        cleaned = _clean_literal(literal)
        if cleaned is not literal:
            parts += (line[done:start], cleaned)
            done = end
        following = _SUSPECT.search(line, end)
        if following is None:
            break
        suspect = following.start()
    return b"".join((*parts, line[done:])) if parts else line


def _clean_literal(literal: bytes) -> bytes:
    try:
        text = msgspec.json.decode(literal, type=str)
    except msgspec.DecodeError:
        try:
            text = json.loads(literal)  # unlike msgspec it takes half a surrogate pair, which we can then clean
        except ValueError:
            return literal  # not JSON: the decoder will refuse the line and say why
    cleaned = clean_text(text, None)
    return literal if cleaned == text else msgspec.json.encode(cleaned)


# A string literal, closed or not: possessive, and always a match, so that no input is scanned twice.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def _digit_ranges(low: tuple[int, ...], high: tuple[int, ...], base: int) -> list[tuple[tuple[int, int], ...]]:
    """Splits low..high, numbers of equal length in `base`, into products of digit ranges."""
    if not low:
        return [()]
    first, last = low[0], high[0]
    bottom, top = (0,) * (len(low) - 1), (base - 1,) * (len(low) - 1)
    if first == last:
        return [((first, first), *rest) for rest in _digit_ranges(low[1:], high[1:], base)]
    found: list[tuple[tuple[int, int], ...]] = []
    if low[1:] != bottom:
        found += [((first, first), *rest) for rest in _digit_ranges(low[1:], top, base)]
        first += 1
    tail = [] if high[1:] == top else [((last, last), *rest) for rest in _digit_ranges(bottom, high[1:], base)]
    if tail:
        last -= 1
    if first <= last:
        found.append(((first, last), *((0, base - 1) for _ in bottom)))
    return found + tail


def _utf8_pattern(low: int, high: int) -> str:
    """Alternatives that match the UTF-8 of low..high (from U+0080 on), surrogates included, which never occur."""
    found = []
    for size, start, end, lead in ((2, 0x80, 0x7FF, 0xC0), (3, 0x800, 0xFFFF, 0xE0), (4, 0x10000, 0x10FFFF, 0xF0)):
        if low > end or high < start:
            continue
        ends = [
            tuple((code >> 6 * place) & (0xFF if place == size - 1 else 0x3F) for place in reversed(range(size)))
            for code in (max(low, start), min(high, end))
        ]
        for digits in _digit_ranges(ends[0], ends[1], 64):
            lows = [(lead if place == 0 else 0x80) for place in range(size)]
            found += [
                f"\\x{lows[0] + first:02x}"
                + "".join(f"[\\x{lows[i] + a:02x}-\\x{lows[i] + b:02x}]" for i, (a, b) in enumerate(digits) if i)
                for first in range(digits[0][0], digits[0][1] + 1)
            ]
    return "|".join(found)


def _escape_pattern(low: int, high: int) -> str:
    """Alternatives that match the four hexadecimal digits of low..high, without regard to case."""

    def digit(low: int, high: int) -> str:
        return "[" + "".join(f"{n:x}{n:X}" if n > 9 else str(n) for n in range(low, high + 1)) + "]"

    def digits(code: int) -> tuple[int, ...]:
        return tuple((code >> shift) & 15 for shift in (12, 8, 4, 0))

    return "|".join("".join(digit(a, b) for a, b in found) for found in _digit_ranges(digits(low), digits(high), 16))


def _suspect() -> re.Pattern[bytes]:
    """Matches wherever a line may hold something to clean; may also match where it turns out that it does not."""
    ranges = sorted((*_SPACE, *_PICTURE, *_REMOVE, *_REPLACE, (_NON_JOINER, _NON_JOINER)))
    raw = "|".join(_utf8_pattern(low, high) for low, high in ranges if low > 0x7F)
    escaped = "|".join(_escape_pattern(low, min(high, 0xFFFF)) for low, high in ranges if low <= 0xFFFF)
    # Each alternative begins with a literal byte: the regex engine then skips on a set of first bytes.
    return re.compile(f"\\x7f|\\xc2[\\x80-\\x9f]|\\\\(?:[bfnrt]|u(?:{escaped}))|{raw}".encode())


_SUSPECT: Final = _suspect()
