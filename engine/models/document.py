"""A model as it is kept: XGBoost's own JSON, and the arrays that are read off it. No pickle, nothing that runs.

The format is XGBoost's model schema (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html); trees are
lists by node: children, split feature, threshold or leaf value, and which way a missing value goes.
"""

import hashlib
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

MOST_TREES = 2_000
MOST_NODES = 1 << 16


class BadModel(ValueError):
    """A model file that is damaged, foreign, or not what its metadata say. The text says what is wrong."""


class Tree(msgspec.Struct):
    """One tree, by node. A node whose `left` is -1 is a leaf; `values` then is its weight, else the threshold: smaller
    goes left. `cover` is the sum of Hessians that reached it in training."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    features: NDArray[np.int32]
    values: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    cover: NDArray[np.float32]


class Document(msgspec.Struct):
    """What a forest needs: trees, names of features in order, and the margin (log odds) everything starts from."""

    trees: list[Tree]
    names: list[str]
    base_margin: float


class _Tree(msgspec.Struct):
    left_children: list[int]
    right_children: list[int]
    split_indices: list[int]
    split_conditions: list[float]
    default_left: list[int]
    sum_hessian: list[float]
    categories: list[int] = []


class _Model(msgspec.Struct):
    trees: list[_Tree]


class _Booster(msgspec.Struct):
    name: str
    model: _Model


class _Learner(msgspec.Struct):
    gradient_booster: _Booster
    learner_model_param: dict[str, Any]
    objective: dict[str, Any]
    feature_names: list[str]


class _File(msgspec.Struct):
    learner: _Learner


_decoder = msgspec.json.Decoder(_File)


def checksum(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def read(body: bytes, expected: str) -> Document:
    """The trees of a model. Raises BadModel where `body` does not have the checksum, or is no binary classifier."""
    if checksum(body) != expected:
        raise BadModel("the model does not have the checksum of its metadata: damaged, or another file")
    try:
        learner = _decoder.decode(body).learner
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadModel(f"not a model of XGBoost in JSON: {error}") from None
    if learner.gradient_booster.name != "gbtree" or learner.objective.get("name") != "binary:logistic":
        raise BadModel("not a classifier of boosted trees")
    trees = [_tree(tree, number, len(learner.feature_names)) for number, tree in enumerate(_bounded(learner))]
    return Document(trees, learner.feature_names, _base_margin(learner))


def _bounded(learner: _Learner) -> list[_Tree]:
    trees = learner.gradient_booster.model.trees
    if not 0 < len(trees) <= MOST_TREES:
        raise BadModel(f"{len(trees)} trees; 1 to {MOST_TREES} are taken")
    return trees


def _tree(tree: _Tree, number: int, features: int) -> Tree:
    """The tree as arrays. Raises BadModel for one that would not end: children must follow their parents."""
    size = len(tree.left_children)
    lists = (tree.right_children, tree.split_indices, tree.split_conditions, tree.default_left, tree.sum_hessian)
    if not 0 < size <= MOST_NODES or any(len(each) != size for each in lists) or tree.categories:
        raise BadModel(f"tree {number} is not whole")
    try:
        left, right, split, missing = (
            np.array(each, np.int32)
            for each in (tree.left_children, tree.right_children, tree.split_indices, tree.default_left)
        )
    except OverflowError:
        raise BadModel(f"tree {number} holds a number that is none of a tree") from None
    inner = left >= 0
    here = np.arange(size)[inner]
    sound = (left[inner] > here) & (right[inner] > here) & (left[inner] < size) & (right[inner] < size)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        values, cover = np.array(tree.split_conditions, np.float32), np.array(tree.sum_hessian, np.float32)
    if not (np.isfinite(cover).all() and (cover >= 0).all()):
        raise BadModel(f"tree {number} does not say what reached its nodes")
    if not sound.all() or (right[~inner] >= 0).any() or not np.isfinite(values).all():
        raise BadModel(f"tree {number} is not a tree")
    if inner.any() and (split[inner].min() < 0 or split[inner].max() >= features):
        raise BadModel(f"tree {number} asks for a feature that the model does not name")
    return Tree(left, right, split, values, missing.astype(np.bool_), cover)


def _base_margin(learner: _Learner) -> float:
    """The log odds of the base score, which is kept as a probability, in brackets in newer versions."""
    text = str(learner.learner_model_param.get("base_score", "")).strip("[]")
    try:
        base = float(text)
    except ValueError:
        raise BadModel(f"base score `{text[:40]}` is not a number") from None
    if not 0 < base < 1:
        raise BadModel(f"base score {base} is not a probability")
    return float(np.log(base / (1 - base)))
