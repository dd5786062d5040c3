"""The engine's own entries about what leaves it: whether anybody outside is contacted, and what came of a step."""

from typing import Any, Final, Literal

from data.payloads import OWN, Payload

CONTACTS: Final = OWN + "contacts."  # and the mode: whether anybody outside is contacted from here on
MODES: Final = ("live", "replay", "simulation")
STEP_OUTCOME: Final = OWN + "step"


class StepOutcome(Payload, gc=True):
    """Written by the engine: what came of a step that left it (`STEP_OUTCOME`). `run` is its number, `step` counts from
    0; `state` is DONE, FAILED or UNKNOWN."""

    run: int
    step: int
    attempt: int
    state: Literal["DONE", "FAILED", "UNKNOWN"]
    text: str = ""
    evidence: dict[str, Any] = {}  # noqa: RUF012  msgspec copies it
