"""A lesson in a process of its own: whether a live version still fits, and what a new one would be worth.

`python -m engine.predict.school DATABASE TENANT KIND UNTIL SETTINGS` reads the database and writes one JSON document
to standard output. It changes nothing, runs at low priority, and can be killed at any moment.
"""

import os
import sys

import msgspec

from data.opening import open_reader
from engine.models.adopting import packed
from engine.models.drift import Drift
from engine.models.spec import Refused
from engine.predict.training import train
from engine.predict.watch import drifts
from engine.settings.models import ModelSettings


class Lesson(msgspec.Struct):
    """What came of it. `version` is packed, empty where nothing was learned; `refused` says why."""

    drifts: list[Drift] = []
    version: bytes = b""
    refused: str = ""
    seconds: float = 0.0  # CPU


class Question(msgspec.Struct):
    database: str
    tenant: str
    kind: str
    until: int
    settings: ModelSettings
    learn: bool = True


def lesson(question: Question) -> Lesson:
    """Looks for drift and, where asked, trains."""
    reader = open_reader(question.database)
    found = Lesson()
    try:
        found.drifts = drifts(reader, question.kind, question.tenant)
        if question.learn:
            trained = train(reader, question.kind, question.tenant, question.until, question.settings)
            found.version = packed(trained.version)
    except Refused as refused:
        found.refused = str(refused)
    finally:
        reader.close()
    found.seconds = sum(os.times()[:2])
    return found


if __name__ == "__main__":
    os.nice(10)
    sys.stdout.buffer.write(msgspec.json.encode(lesson(msgspec.json.decode(sys.stdin.buffer.read(), type=Question))))
