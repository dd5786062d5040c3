"""Looks for words in everything that a database's folder holds, packed and compressed parts too."""

import re
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import zstandard

ZSTD = b"\x28\xb5\x2f\xfd"


def plain(raw: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, and of every compressed frame in them what it holds. No idea of the schema is needed for that."""
    yield raw
    if depth > 6:
        return
    for found in re.finditer(re.escape(ZSTD), raw):
        try:
            inside = zstandard.ZstdDecompressor().decompressobj().decompress(raw[found.start() :])
        except zstandard.ZstdError:
            continue
        yield from plain(inside, depth + 1)
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", raw):
        try:
            inside = zlib.decompressobj().decompress(raw[found.start() :])
        except zlib.error:
            continue
        if len(inside) > 8:
            yield from plain(inside, depth + 1)


def values(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every table."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for (table,) in list(database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")):
            for row in database.execute(f"SELECT * FROM {table}"):
                for value in row:
                    if isinstance(value, bytes):
                        yield table, value
                    elif isinstance(value, str):
                        yield table, value.encode()
    finally:
        database.close()


def found(folder: Path, words: Sequence[str]) -> list[str]:
    """`file: word` and `table: word` for each word that is somewhere, in any case."""
    looked = {word: re.compile(re.escape(word.encode()), re.I) for word in words}
    hits: list[str] = []

    def look(where: str, raw: bytes) -> None:
        for part in plain(raw):
            hits.extend(f"{where}: {word}" for word, pattern in looked.items() if pattern.search(part))

    for path in sorted(folder.iterdir()):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        hits.extend(f"{path.name}: {word}" for word in words if word.encode().lower() in raw.lower())
        if path.suffix == ".db":
            for table, value in values(path):
                look(table, value)
    return sorted(set(hits))
