"""Evaluations as they are kept: those of one moment in one row of the store, packed.

A sheet holds one kind's evaluations at one time, by columns; some of them with the vector that the scorer saw. Names of
features grow only; a sheet tells them when they are not those of the last one that told them, and once a day, so that
reading can begin anywhere. Packing is exact but for the probability, which is kept to a millionth.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.records.prediction import Prediction
from data.times import DAY
from data.zstd import Zstd
from engine.decisions import Numbers, Teller

SCORES: Final = "scores"
MILLION: Final = 1_000_000
_SMALL: Final = 300  # bytes that are not worth packing
_zstd: Final = Zstd(3)
_RAW, _ZSTD = b"r", b"z"

Matrix = NDArray[np.float32]


class Sheet(msgspec.Struct, array_like=True):
    """Columns of equal length: `entities` (references), `p` in millionths, `deadlines` in microseconds (None: none),
    `sites`; `warned` are the places of those whose warning stands. `kept` are the places that have a vector, in the
    order of `vectors` (float32, one row each). `version` None: by rules."""

    kind: str
    time: int
    version: str | None
    entities: list[str]
    p: list[int]
    deadlines: list[int | None]
    sites: list[str | None]
    warned: list[int]
    kept: list[int] = []
    vectors: bytes = b""
    names: list[str] = []

    def pack(self) -> bytes:
        body = msgspec.msgpack.encode(self)
        return _RAW + body if len(body) < _SMALL else _ZSTD + _zstd.compress(body)


_decoder = msgspec.msgpack.Decoder(Sheet)


def unpack(body: bytes) -> Sheet:
    """Raises msgspec.MsgspecError or zstandard.ZstdError for what is damaged."""
    packed = body[1:]
    return _decoder.decode(packed if body[:1] == _RAW else _zstd.decompress(packed))


class Sheets:
    """Writes the sheets of one partition."""

    def __init__(self, tenant: str, teller: Teller, numbers: Numbers) -> None:
        self.tenant = tenant
        self.teller = teller
        self.numbers = numbers
        self.told: dict[str, tuple[int, int]] = {}  # kind -> (names told, day on which)

    def write(self, sheet: Sheet, names: Sequence[str], vectors: Matrix | None = None) -> None:
        """`vectors` belong to the places in `sheet.kept`, with `names` for their columns."""
        if vectors is not None and len(sheet.kept):
            told = (len(names), sheet.time // DAY)
            if self.told.get(sheet.kind) != told:
                self.told[sheet.kind] = told
                sheet.names = list(names)
            sheet.vectors = np.ascontiguousarray(vectors, np.float32).tobytes()
        number = self.numbers.take("prediction")
        self.teller.out.predictions[number] = Prediction(
            number=number, id=f"sheet-{number}", tenant=self.tenant, kind=SCORES, entity=sheet.kind,
            made_at=sheet.time, deadline=None, probability=0.0, alerted=False, sheet=sheet.pack(),
        )  # fmt: skip


class Kept(msgspec.Struct):
    """One evaluation with its vector, as training reads it."""

    kind: str
    entity: str
    time: int
    deadline: int | None
    names: list[str]
    vector: Matrix
    alone: bool = True  # looked at because of an event of its own, not with all the others at their time


def vectors(rows: Iterator[Prediction], kind: str, tenant: str) -> Iterator[Kept]:
    """Of one kind and tenant, in the order of the store; what comes before the first names is left out."""
    names: list[str] = []
    for row in rows:
        if row.kind != SCORES or row.entity != kind or row.tenant != tenant:
            continue
        sheet = unpack(row.sheet)
        names = sheet.names or names
        if not sheet.kept or not names:
            continue
        matrix = np.frombuffer(sheet.vectors, np.float32).reshape(len(sheet.kept), -1)
        for vector, place in zip(matrix, sheet.kept, strict=True):
            yield Kept(
                kind, sheet.entities[place], sheet.time, sheet.deadlines[place], names, vector, len(sheet.entities) == 1
            )
