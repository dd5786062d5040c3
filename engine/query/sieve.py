"""What the stored bytes of a record must hold for a filter to match it, so that most need not be decoded.

A sieve lets through whatever may match and some that do not; the filter itself still decides. It is sound only where a
field's text is made of stored strings, whole and in one piece, with `Made.joints` between them: the longest run of a
literal without joints then stands in the bytes as UTF-8, whatever its case.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final, TypeAlias

import msgspec
import numpy as np

from engine.query.context import Context, Match
from engine.query.nodes import AllOf, AnyOf, Comparison, Node, Value, Word
from engine.query.schema import Kind

Sieve: TypeAlias = Callable[[bytes], bool]
LEAST: Final = 3  # letters of a piece that is looked for, rather than a longer one that has other spellings
ROUGH: Final = 4_096  # bytes, from which on they are folded by numpy
_SMALL: Final = np.uint8(0x20)
CASED: Final = 0x1F000  # no letter beyond it has another case


class Made(msgspec.Struct, frozen=True):
    """How the texts of a kind of row come from what is stored. `plain` are the fields that are a stored string or its
    beginning. `joints` separate the parts of a composed text. `words` are those that are stored nowhere: a piece of one
    of them, or of a figure, may be in any record that holds the mark behind it."""

    plain: frozenset[str]
    joints: str
    words: Mapping[str, bytes]
    figures: tuple[bytes, ...] = ()  # marks of records whose text has figures that were worked out
    figure: str = "0123456789.%+-"


def sieve(node: Node | None, context: Context, made: Made) -> Sieve | None:
    """None where the bytes tell nothing, so that everything has to be decoded."""
    if isinstance(node, AllOf):
        ordered = sorted(node.parts, key=_rarity, reverse=True)
        parts = [found for one in ordered if (found := sieve(one, context, made)) is not None]
        return _all(parts) if parts else None
    if isinstance(node, AnyOf):
        each = [sieve(one, context, made) for one in node.parts]
        known = [one for one in each if one is not None]
        return _any(known) if len(known) == len(each) else None
    if isinstance(node, Word):
        field = None if node.value.quoted else context.schema.find(node.value.text.lower())
        return None if field is not None and field[0].kind in (Kind.FLAG, Kind.MINE) else _value(node.value, made)
    if isinstance(node, Comparison):
        return _compared(node, context, made)
    return None


def _rarity(node: Node) -> int:
    """How much of a literal can be looked for cheaply; the more, the less often it is there."""
    values = (node.value,) if isinstance(node, Word) else node.values if isinstance(node, Comparison) else ()
    return min((len(_open(one.text.casefold())) for one in values), default=0)


def _compared(node: Comparison, context: Context, made: Made) -> Sieve | None:
    known = context.schema.find(node.field)
    if known is None or node.op not in (":", "=", "~"):
        return None
    if known[0] is context.schema.text:
        each = [_value(one, made) for one in node.values]
    elif known[0].name in made.plain and known[0].kind is Kind.NAME:
        bare = Made(frozenset(), "", {})
        each = [_value(Value(one.text, True, one.at) if node.op == "=" else one, bare) for one in node.values]
    else:
        return None
    found = [one for one in each if one is not None]
    return _any(found) if len(found) == len(each) else None


def _value(value: Value, made: Made) -> Sieve | None:
    """All pieces must be there; the longest is looked for, it is the rarest."""
    folded = value.text.casefold()
    pieces = [folded]
    for joint in made.joints + ("*" if value.glob else ""):
        pieces = [part for piece in pieces for part in piece.split(joint)]
    marked = [(_marks(piece, made), piece) for piece in pieces if piece]
    if not marked:
        return None
    marks, piece = min(marked, key=lambda one: (len(one[0]) > 0, -len(_open(one[1])), -len(one[1])))
    return literal(piece, marks)


def _marks(piece: str, made: Made) -> tuple[bytes, ...]:
    found = [mark for word, mark in made.words.items() if piece in word]
    if all(letter in made.figure for letter in piece):
        found += made.figures
    return tuple(dict.fromkeys(found))


def literal(folded: str, marks: tuple[bytes, ...] = ()) -> Sieve:
    """Whether bytes hold a text that is `folded` when case is folded away, or one of the marks."""
    if not folded.isascii():
        return _spelled(folded, marks)
    part = _open(folded)
    odd: tuple[bytes, ...] = ()
    if len(part) >= min(LEAST, len(folded)) and not _longer(part):
        folded = part
    else:
        odd = _odd(folded)
    wanted = folded.encode()
    rough, pairs = _rough(wanted), _pairs(odd)

    def holds(raw: bytes) -> bool:
        if (wanted in raw.lower()) if len(raw) < ROUGH else (rough in _rough(raw)):
            return True
        for mark in marks:  # a loop costs less than a generator
            if mark in raw:
                return True
        return bool(odd) and (len(raw) < ROUGH or _any_pair(raw, pairs)) and any(one in raw for one in odd)

    return holds


def _open(folded: str) -> str:
    """The longest part that has no other spelling: without letters to which others fold (k, to which the sign for
    kelvin does), nor ends that may belong to one that folds to several."""
    parts = re.split("[" + "".join(filter(str.isascii, _kin())) + "]", folded)
    trimmed = [part[cut : len(part) - end] for part in parts for cut in (0, 1, 2) for end in (0, 1, 2)]
    free = [part for part in trimmed if len(part) >= LEAST and not _longer(part)]
    return max(free or parts, key=len)


def _rough(raw: bytes) -> bytes:
    """Large and small letters alike, and some other signs too; a tenth of what `lower` costs."""
    return (np.frombuffer(raw, np.uint8) | _SMALL).tobytes()


def _pairs(odd: Iterable[bytes]) -> list[np.uint16]:
    """What these letters begin with, two bytes each."""
    return [np.uint16(one) for one in sorted({int.from_bytes(one[:2], "little") for one in odd})]


def _any_pair(raw: bytes, pairs: Iterable[np.uint16]) -> bool:
    """Whether any of these letters may be there; `find` is slow for them, since their first byte is common."""
    even = np.frombuffer(raw, "<u2", len(raw) // 2)
    uneven = np.frombuffer(raw, "<u2", (len(raw) - 1) // 2, 1)
    return any((even == one).any() or (uneven == one).any() for one in pairs)


def _spelled(folded: str, marks: tuple[bytes, ...]) -> Sieve:
    """Letters beyond ASCII: each in all its spellings."""
    letters = [{letter, letter.upper(), *_kin().get(letter, ())} for letter in folded]
    each = ["(?:" + "|".join(re.escape(one) for one in sorted(them)) + ")" for them in letters]
    found = re.compile("".join(each).encode()).search
    others = (*marks, *_longer(folded))
    return lambda raw: found(raw) is not None or any(one in raw for one in others)


def _odd(folded: str) -> tuple[bytes, ...]:
    """Letters that are not ASCII and whose folded form may be part of this text."""
    kin = [one.encode() for letter in dict.fromkeys(folded) for one in _kin().get(letter, ())]
    return tuple(dict.fromkeys((*kin, *_longer(folded))))


def _longer(folded: str) -> tuple[bytes, ...]:
    """Letters that fold to several (ß), some of which may be here."""
    return tuple(
        letter.encode()
        for letter, form in _forms()[1].items()
        if form in folded
        or folded in form
        or any(folded.startswith(form[at:]) or folded.endswith(form[:at]) for at in range(1, len(form)))
    )


def _kin() -> Mapping[str, tuple[str, ...]]:
    return _forms()[0]


@cache
def _forms() -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, str]]:
    """(folded letter -> others that fold to it, letters that fold to several -> what they fold to), beyond ASCII."""
    kin: dict[str, tuple[str, ...]] = {}
    longer: dict[str, str] = {}
    for code in range(0x80, CASED):
        letter = chr(code)
        form = letter.casefold()
        if len(form) > 1:
            longer[letter] = form
        elif form != letter:
            kin[form] = (*kin.get(form, ()), letter)
    return kin, longer


def _all(parts: list[Sieve]) -> Sieve:
    return parts[0] if len(parts) == 1 else lambda raw: all(one(raw) for one in parts)


def _any(parts: list[Sieve]) -> Sieve:
    return parts[0] if len(parts) == 1 else lambda raw: any(one(raw) for one in parts)


def beginning(node: Node | None, context: Context, compiled: Callable[[Node, Context], Match]) -> Match | None:
    """Of a filter the parts that hold from some time on (`since:2h`, `age<7d`), as one predicate."""
    parts = node.parts if isinstance(node, AllOf) else (node,)
    found = [one for one in parts if isinstance(one, Comparison) and _begins(one, context)]
    return compiled(AllOf(tuple(found)), context) if found else None


def _begins(node: Comparison, context: Context) -> bool:
    known = context.schema.find(node.field)
    if known is None:
        return False
    kind, op = known[0].kind, node.op
    return (
        kind is Kind.SINCE or (kind is Kind.AGE and op in ("<", "<=", ":")) or (kind is Kind.TIME and op in (">", ">="))
    )
