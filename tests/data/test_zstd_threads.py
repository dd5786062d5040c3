"""Readers run in threads of their own: what they unpack at once stays whole."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

from data.zstd import Zstd


def test_threads_do_not_meet_in_one_object() -> None:
    zstd, bodies = Zstd(3), [Random(seed).randbytes(500) * 400 for seed in range(8)]

    def work(body: bytes) -> bool:
        return all(zstd.decompress(zstd.compress(body)) == body for _ in range(60))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, bodies * 4))
