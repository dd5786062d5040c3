"""A person taken out of plain values of any depth: as JSON, as records are kept, packed and compressed."""

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import zstandard

from data.personal.keys import EMAILS, PHONES
from data.personal.needles import GONE, Needles
from data.references import bare

CONTACTS: Final = frozenset((*PHONES, *EMAILS))
PLACES: Final = frozenset(
    ("lat", "lon", "lng", "latitude", "longitude", "coordinates", "position", "gps", "path", "track", "centre",
     "center", "place", "here")
)  # fmt: skip
FACES: Final = frozenset(
    ("face", "photo", "liveness", "authenticity", "manipulation", "match", "face_confidence", "face_liveness",
     "photo_authenticity", "photo_manipulation", "face_recognition_confidence", "image", "picture")
)  # fmt: skip
BLANKED: Final = CONTACTS | PLACES | FACES
"""Fields that are left out of what is about the person."""
_PAIR: Final = re.compile(r"-?\d{1,3}\.\d{3,}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}")
_LIKENESS: Final = re.compile(r"\b(liveness|matches with|manipulation|authenticity) \d[\d.]*")
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_LARGEST: Final = 1 << 30
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode


class Rewriter:
    """`numbers` are 64-bit numbers that stand for something that named the person (series, alerts): old -> new."""

    def __init__(self, needles: Needles, numbers: Mapping[int, int] | None = None) -> None:
        self.needles = needles
        self.numbers: dict[int, int] = dict(numbers or {})
        person = needles.person
        self._devices = frozenset((*person.devices, *(f"device/{id}" for id in person.devices)))

    def about(self, value: Mapping[Any, Any]) -> bool:
        """Whether what these fields tell is the person's own: they are its person, or a device of theirs is, alone."""
        for field in ("person", "person_id"):
            told = value.get(field)
            if isinstance(told, str):
                return bare(told) == self.needles.person.id
        if any(value.get(field) == self.needles.person.ref for field in ("entity", "subject", "ref", "target")):
            return True
        return value.get("device") in self._devices

    def value(self, value: Any, *, theirs: bool = False) -> Any:
        """`theirs`: it is about the person, so contacts, positions and likeness are left out."""
        if isinstance(value, str):
            return self._text(value, theirs=theirs)
        if isinstance(value, dict):
            theirs = theirs or self.about(value)
            return {
                self._key(key): self.value(inner, theirs=theirs)
                for key, inner in value.items()
                if not (theirs and key in BLANKED)
            }
        if isinstance(value, list | tuple):
            return [self.value(inner, theirs=theirs) for inner in value]
        if isinstance(value, bytes):
            return self.opened(value, theirs=theirs)
        if isinstance(value, int) and not isinstance(value, bool):
            return self.numbers.get(value, value)
        return value

    def _key(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.needles.text(key)
        if isinstance(key, int):
            return self.numbers.get(key, key)
        return tuple(self.value(part) for part in key) if isinstance(key, tuple) else key

    def keep_others(self, before: Mapping[str, Any], after: dict[str, Any]) -> None:
        """Of what tells of somebody else: they may bear the same name, or use the same phone."""
        for field in ("name", *CONTACTS):
            held = before.get(field)
            if isinstance(held, str) and field in after:
                after[field] = self.needles.text(held, ids=True)

    def _text(self, text: str, *, theirs: bool) -> str:
        text = self.needles.text(text)
        return _LIKENESS.sub(rf"\1 {GONE}", _PAIR.sub(GONE, text)) if theirs else text

    def opened(self, raw: bytes, *, theirs: bool = False) -> bytes:
        """Bytes that may be a value of their own, packed or compressed in one of the ways in use."""
        for begins, open_, close in _WRAPPED:
            at = begins(raw)
            if at is not None:
                try:
                    inside = open_(raw[at:])
                except (zlib.error, zstandard.ZstdError):
                    continue
                changed = self.opened(inside, theirs=theirs)
                return raw if changed == inside else raw[:at] + close(changed)
        if self.needles.maybe(raw) or any(_big(number) in raw for number in self.numbers):
            for skip in (0, 1):  # a byte before the value may tell how it was packed
                try:
                    held = _decode(raw[skip:])
                    if _encode(held) != raw[skip:]:
                        continue  # it only looks like one
                except (msgspec.DecodeError, ValueError, TypeError):
                    continue
                return raw[:skip] + bytes(_encode(self.value(held, theirs=theirs)))
        for old, new in self.numbers.items():  # a column of numbers
            raw = raw.replace(old.to_bytes(8, "little"), new.to_bytes(8, "little"))
        return raw


def _big(number: int) -> bytes:
    return number.to_bytes(8, "big")


def _at(magic: bytes, skips: tuple[int, ...]) -> Callable[[bytes], int | None]:
    return lambda raw: next((skip for skip in skips if raw[skip : skip + len(magic)] == magic), None)


def _inflate(raw: bytes) -> bytes:
    return zlib.decompress(raw)


def _unzstd(raw: bytes) -> bytes:
    plain: bytes = zstandard.ZstdDecompressor().decompress(raw, max_output_size=_LARGEST)
    return plain


def _zstd(plain: bytes) -> bytes:
    packed: bytes = zstandard.ZstdCompressor(3).compress(plain)
    return packed


_WRAPPED: Final = (
    (_at(_ZSTD, (0, 1)), _unzstd, _zstd),
    (_at(b"\x78", (0,)), _inflate, zlib.compress),
)
