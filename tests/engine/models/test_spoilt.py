"""A version spoilt at any place either works as a model does, or is refused with a reason; nothing else comes of it."""

import copy
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest

from data.records.model import ModelVersion
from data.times import HOUR
from engine.models.document import BadModel, checksum
from engine.models.fit import fit
from engine.models.scorer import Scorer
from tests.engine.models.samples import NAMES, SPEC, planted, version

GONE = "gone"
VALUES = (None, -1, 0, 1 << 40, -(1 << 63), 1e39, 1e308, "x", [], {}, [1], [[1]], True, "NaN", GONE)


@pytest.fixture(scope="module")
def good() -> ModelVersion:
    return version(fit(planted(150), SPEC, 10_000 * HOUR))


def places(whole: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a document; of a list to its first three."""
    inside = whole.items() if isinstance(whole, dict) else enumerate(whole[:3]) if isinstance(whole, list) else ()
    for name, value in inside:
        yield (*here, name)
        yield from places(value, (*here, name))


def spoilt(whole: Any, way: tuple[Any, ...], value: Any) -> Any:
    found = part = copy.deepcopy(whole)
    for step in way[:-1]:
        part = part[step]
    if value == GONE:
        del part[way[-1]]
    else:
        part[way[-1]] = value
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_version_is_refused_or_works(good: ModelVersion, seed: int) -> None:
    lots, came = Random(seed), Counter[str]()
    body = msgspec.json.decode(good.body)
    ways = {"body": list(places(body)), "about": list(places(good.about))}
    for _ in range(150):
        which, value = lots.choice(("body", "about")), lots.choice(VALUES)
        if which == "body":
            made = msgspec.json.encode(spoilt(body, lots.choice(ways["body"]), value))
            bad = msgspec.structs.replace(good, body=made, checksum=checksum(made))
        else:
            bad = msgspec.structs.replace(good, about=spoilt(good.about, lots.choice(ways["about"]), value))
        try:
            scorer = Scorer(bad)
        except BadModel:
            came["refused"] += 1
            continue
        p = scorer.one(NAMES, np.zeros(len(NAMES), np.float32))
        low, high = scorer.bounds(p)
        assert 0 <= low <= p <= high <= 1
        came["works"] += 1
    assert came["refused"] > 30
    assert came["works"] > 20
