"""zstd for threads: objects of zstandard are of one thread only, two at a time in one of them crash the process."""

import threading

import zstandard


class Zstd(threading.local):
    """`compress(body)` and `decompress(body)`, of each thread its own."""

    def __init__(self, level: int) -> None:
        self.compress = zstandard.ZstdCompressor(level).compress
        self.decompress = zstandard.ZstdDecompressor().decompress
