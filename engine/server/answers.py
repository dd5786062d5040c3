"""Answers in JSON, the same shape everywhere."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from engine.delivery import Answer
from engine.server.refusal import Refusal
from engine.sources.ingest_frames import Rejected

_encode = msgspec.json.Encoder().encode


class IngestAnswer(msgspec.Struct):
    """What became of the events of a request, told once it is durable."""

    accepted: int
    duplicates: int
    rejected: list[Rejected]


class Problem(msgspec.Struct, omit_defaults=True):
    error: str
    suggestions: list[str] = []


def json_answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(_encode(document), status, headers, "application/json")


def taken(answer: Answer) -> IngestAnswer:
    return IngestAnswer(answer.accepted, answer.duplicates, [Rejected(*each) for each in answer.rejected])


def nothing_of(answer: Answer) -> bool:
    """Whether nothing could be taken although there was something."""
    return bool(answer.rejected) and not answer.accepted and not answer.duplicates


async def refused(_: Request, error: Exception) -> Response:
    """For Starlette: a Refusal as an answer."""
    assert isinstance(error, Refusal)
    headers = dict(error.headers)
    if error.status in (408, 413, 503):
        headers["connection"] = "close"  # what follows of the body is not read
    return json_answer(Problem(error.reason, error.suggestions), error.status, headers)
