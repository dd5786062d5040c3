"""The engine's own entries in the journal, refused when they come from outside: what the clock, the models, and those
who carry out steps have to tell a recovery or a replay."""

from typing import Any, Final, Literal

from data.payloads import Payload

OWN: Final = "noc.engine."
CLOCK_STEP: Final = OWN + "clock"
CLOCK_HOLD: Final = OWN + "hold"
MODEL_TURN: Final = OWN + "model"
MODEL_DRIFT: Final = OWN + "drift"
CONTACTS: Final = OWN + "contacts."  # and the mode: whether anybody outside is contacted from here on
MODES: Final = ("live", "replay", "simulation")
STEP_OUTCOME: Final = OWN + "step"
DOCUMENT: Final = OWN + "document"
METERS: Final = OWN + "meters"


class ClockStep(Payload):
    """Written by the engine: the watermark followed the wall to this entry's time (`CLOCK_STEP`), or the event
    behind this entry is too far ahead of the wall to move the watermark (`CLOCK_HOLD`)."""


class ModelTurn(Payload):
    """Written by the engine: a version of a model went live. `number` is its row, `why` who or what made it so."""

    kind: str
    number: int
    version: str
    why: str = ""


class ModelDrift(Payload):
    """Written by the engine: what the live version sees, says or is right about is not what it was made with."""

    kind: str
    version: str
    what: str
    measure: str
    value: float
    level: int
    text: str


class StepOutcome(Payload, gc=True):
    """Written by the engine: what came of a step that left it (`STEP_OUTCOME`). `run` is its number, `step` counts from
    0; `state` is DONE, FAILED or UNKNOWN; `sure`: what failed has certainly not been done."""

    run: int
    step: int
    attempt: int
    state: Literal["DONE", "FAILED", "UNKNOWN"]
    text: str = ""
    evidence: dict[str, Any] = {}  # noqa: RUF012  msgspec copies it
    sure: bool = True


class DocumentHanded(Payload, gc=True):
    """Written by the engine: a document for receivers (`DOCUMENT`), which counts once under its key. Its texts are
    lines, since an entry's own text holds none."""

    receivers: tuple[str, ...]
    key: str
    subject: str
    text: tuple[str, ...]
    html: tuple[str, ...] = ()
    markdown: tuple[str, ...] = ()
    severity: int = 1


class MetersRead(Payload):
    """Written by the engine: what its meters showed (`METERS`), as (name, value, unit). The wall has a part in it, so a
    replay and a recovery take it from here."""

    values: list[tuple[str, float, str]]
