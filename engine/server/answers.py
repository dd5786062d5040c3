"""Answers in JSON, the same shape everywhere."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
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


class Problem(msgspec.Struct, omit_defaults=True, tag_field="status", tag="error"):
    """Why a request was refused. It also says `"status": "error"`, as the endpoints of the original do."""

    error: str
    suggestions: list[str] = []


def json_answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_encode(document), status, headers, "application/json")


def taken(answer: Answer) -> IngestAnswer:
    return IngestAnswer(answer.accepted, answer.duplicates, [Rejected(*each) for each in answer.rejected])


def nothing_of(answer: Answer) -> bool:
    """Whether nothing could be taken although there was something."""
    return bool(answer.rejected) and not answer.accepted and not answer.duplicates


async def unknown(request: Request, error: Exception) -> Response:
    """For Starlette: a path that there is not, or a method that it does not have."""
    assert isinstance(error, HTTPException)
    words = {404: f"there is no {request.url.path[:200]}; /openapi.json tells what there is",
             405: f"{request.url.path[:200]} does not take {request.method[:20]}"}  # fmt: skip
    return json_answer(Problem(words.get(error.status_code, error.detail)), error.status_code, error.headers)


async def refused(_: Request, error: Exception) -> Response:
    """For Starlette: a Refusal as an answer."""
    assert isinstance(error, Refusal)
    headers = dict(error.headers)
    if error.status in (408, 413, 503):
        headers["connection"] = "close"  # what follows of the body is not read
    return json_answer(Problem(error.reason, error.suggestions), error.status, headers)
