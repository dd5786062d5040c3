"""Trees read off XGBoost's file answer as XGBoost does, and a file that is not one is refused."""

from typing import Any

import msgspec
import numpy as np
import pytest

from engine.models.document import BadModel, checksum, read
from engine.models.forest import Forest

NAMES = [f"f{place}" for place in range(7)]


def trained(depth: int, trees: int, *, missing: bool = True) -> tuple[Any, np.ndarray[Any, Any]]:
    import xgboost

    random = np.random.default_rng(depth)
    rows = random.normal(size=(3000, len(NAMES))).astype(np.float32)
    labels = (rows[:, 0] + rows[:, 1] * rows[:, 2] + random.normal(size=3000) > 0.4).astype(float)
    if missing:
        rows[random.random(rows.shape) < 0.15] = np.nan
    params = {"max_depth": depth, "objective": "binary:logistic", "nthread": 1, "base_score": 0.3}
    return xgboost.train(params, xgboost.DMatrix(rows, labels, feature_names=NAMES), trees), rows


@pytest.mark.parametrize(("depth", "trees", "missing"), [(1, 3, True), (4, 60, True), (6, 150, True), (8, 20, False)])
def test_probabilities_are_those_of_xgboost(depth: int, trees: int, missing: bool) -> None:
    import xgboost

    booster, rows = trained(depth, trees, missing=missing)
    rows = np.vstack([rows, np.full((1, len(NAMES)), np.nan, np.float32), np.zeros((1, len(NAMES)), np.float32)])
    body = bytes(booster.save_raw("json"))
    forest = Forest(read(body, checksum(body)))
    expected = booster.predict(xgboost.DMatrix(rows, feature_names=NAMES))
    found = 1 / (1 + np.exp(-forest.margins(rows)))
    assert np.abs(found - expected).max() < 1e-6
    singly = [1 / (1 + np.exp(-forest.one(row))) for row in rows[-200:]]
    assert np.abs(np.array(singly) - expected[-200:]).max() < 1e-6


def broken(change: Any) -> bytes:
    booster, _ = trained(2, 2)
    document = msgspec.json.decode(bytes(booster.save_raw("json")))
    change(document["learner"])
    return msgspec.json.encode(document)


def loops(learner: dict[str, Any]) -> None:
    learner["gradient_booster"]["model"]["trees"][0]["left_children"][0] = 0


def strange_feature(learner: dict[str, Any]) -> None:
    learner["feature_names"] = ["f0"]


def other_objective(learner: dict[str, Any]) -> None:
    learner["objective"]["name"] = "reg:squarederror"


def short(learner: dict[str, Any]) -> None:
    learner["gradient_booster"]["model"]["trees"][1]["split_conditions"].pop()


def huge(learner: dict[str, Any]) -> None:
    learner["gradient_booster"]["model"]["trees"][0]["right_children"][0] = 1 << 40


def unreached(learner: dict[str, Any]) -> None:
    learner["gradient_booster"]["model"]["trees"][0]["sum_hessian"][0] = -1.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (loops, "not a tree"),
        (strange_feature, "does not name"),
        (other_objective, "not a classifier"),
        (short, "not whole"),
        (huge, "none of a tree"),
        (unreached, "reached"),
    ],
)
def test_a_file_that_is_no_sound_model_is_refused_with_a_reason(change: Any, reason: str) -> None:
    body = broken(change)
    with pytest.raises(BadModel, match=reason):
        read(body, checksum(body))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\x80\x04\x95pickle", b'{"learner": {"gradient_booster": []}}', b"[" * 9999]
)
def test_a_foreign_file_is_refused(body: bytes) -> None:
    with pytest.raises(BadModel, match="not a model"):
        read(body, checksum(body))


def test_a_flipped_byte_is_noticed() -> None:
    booster, _ = trained(2, 2)
    body = bytearray(booster.save_raw("json"))
    sum_of_it = checksum(bytes(body))
    body[len(body) // 2] ^= 1
    with pytest.raises(BadModel, match="checksum"):
        read(bytes(body), sum_of_it)
