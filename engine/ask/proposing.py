"""What the rules do not understand may be put into the filter language by a model, where an endpoint is configured.

The model is told the language, the time and the question: never a row, and no name that is not in the question. What it
proposes is read by the parser that reads edited questions, is shown as its proposal, and sees no more than the person.
"""

import json
import logging
import re
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from data import times
from data.times import SECOND
from engine import clock
from engine.ask.asked import GROUPS, KINDS, ORDERS, Asked
from engine.ask.names import Names
from engine.query.exports import export_schema
from engine.settings.ask import AskSettings

PAUSE: Final = 60.0  # seconds without a further question to an endpoint that failed
LARGEST: Final = 64 << 10  # bytes of an answer
NOTHING: Final = "none"
PROPOSABLE: Final = ("unknown_name", "out_of_scope")  # what is ambiguous is asked back, what is refused stays so
_NAMED: Final = re.compile(r'(?<![\w.])(?:sites?|client|person|entity)[:=]((?:"[^"]*"|[^\s")])+)')
_log = logging.getLogger("noc")

Post = Callable[[str, dict[str, str], bytes, float], bytes]


class Proposer:
    """Calls one endpoint, one question at a time: who comes meanwhile does without. Safe to call from any thread."""

    def __init__(self, settings: AskSettings, post: Post | None = None) -> None:
        self.settings = settings
        self._post = post or _post
        self._turn = threading.Lock()
        self._rests_until = 0.0

    def propose(self, question: str, now: int, last: Asked | None = None) -> str | None:
        """One line of the language; None where the model knows none, or could not be asked in time."""
        if not self.settings.endpoint or clock.monotonic() < self._rests_until:
            return None
        if not self._turn.acquire(blocking=False):
            return None
        try:
            return _line(self._asked(question, now, last))
        except Exception as error:  # whatever it is: the rules have answered already, and that answer stands
            self._rests_until = clock.monotonic() + PAUSE
            _log.warning("%s proposes nothing for %d s: %s", self.settings.model, PAUSE, error)
            return None
        finally:
            self._turn.release()

    def _asked(self, question: str, now: int, last: Asked | None) -> bytes:
        told = [f"Now: {times.text(now)}", *([f"Before: {last.written()}"] if last else []), f"Question: {question}"]
        messages = [{"role": "system", "content": language()}, {"role": "user", "content": "\n".join(told)}]
        body = {"model": self.settings.model, "messages": messages, "temperature": 0, "max_tokens": 200}
        headers = {"content-type": "application/json"}
        if self.settings.token_file:
            headers["authorization"] = f"Bearer {Path(self.settings.token_file).expanduser().read_text().strip()}"
        target = self.settings.endpoint.rstrip("/") + "/chat/completions"
        return self._post(target, headers, json.dumps(body).encode(), self.settings.timeout / SECOND)


@lru_cache(maxsize=8)
def proposer_of(settings: AskSettings) -> Proposer:
    """The one that is asked under these settings, by everybody in this process."""
    return Proposer(settings)


def strangers(where: str, names: Names) -> list[str]:
    """Sites, people and things in a filter that nobody here knows: they were made up, or written wrong."""
    plain = re.sub(r'~"[^"]*"', "", where)  # what a text is searched for is no name
    told = [one.strip('"') for values in _NAMED.findall(plain) for one in values.split(",")]
    return [one for one in told if not names.exact(one.lower()) and not names.exact(one.lower().partition("/")[2])]


def language() -> str:
    """The language, for one who has never seen it."""
    fields = "\n".join(
        f"  {kind}: {' '.join(field.name for field in export_schema(kind).fields)}"
        for kind in KINDS
        if kind not in ("metrics", "trends")
    )
    return f"""You turn a question of a network operations centre into one line of a query language, or say `{NOTHING}`.
Answer with that line alone. Form:
  KIND TERMS since:TIME until:TIME [by:GROUPS] [having:>N] [lasting:SECONDSs] [during:yes] order:ORDER limit:N
KIND: {" ".join(KINDS)}. `trends of:KIND` counts rows of another kind over time. `metrics metric:NAME aggregate:avg|min|max|sum`.
TERMS, all must hold: field:value field:a,b field>=value field~"text" !term (a or b). Fields by kind:
{fields}
  metrics: only site: client: entity:
Severities: INFO LOW MEDIUM HIGH CRITICAL. TIME is RFC 3339 in UTC, half-open. `during:yes`: open in the range, not begun in it.
GROUPS: {" ".join(GROUPS)}. ORDER: {" ".join(ORDERS)}. limit 1 to 1000.
Use only names that are in the question. Say `{NOTHING}` when it asks for anything else, or to change something.
Example: alerts severity>=HIGH site:S014 since:2026-01-05T00:00:00Z until:2026-01-06T00:00:00Z by:type order:count limit:10
"""  # noqa: E501


def _line(answer: bytes) -> str | None:
    """The line in an answer of the endpoint. Raises ValueError, KeyError and their like for what is no such answer."""
    told: Any = json.loads(answer)["choices"][0]["message"]["content"]
    lines = [line.strip().strip("`").strip() for line in str(told).splitlines()]
    return next((line for line in lines if line.partition(" ")[0] in KINDS), None)


def _post(target: str, headers: dict[str, str], body: bytes, seconds: float) -> bytes:
    import httpx2

    found, until = bytearray(), clock.monotonic() + seconds
    with (
        httpx2.Client(timeout=seconds, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", target, headers=headers, content=body) as reply,
    ):
        reply.raise_for_status()
        for part in reply.iter_bytes():
            found += part
            if len(found) > LARGEST:
                raise ValueError(f"the answer has more than {LARGEST} bytes")
            if clock.monotonic() > until:
                raise TimeoutError(f"no whole answer in {seconds:g} s")
    return bytes(found)
