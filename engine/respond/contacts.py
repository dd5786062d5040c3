"""Whether anybody outside is contacted, and if not, why. It is journalled, so that recovery decides as it was decided.

A partition begins in `replay`: whoever only feeds recordings contacts nobody. An engine that contacts people says so
with an entry of its own before the first event of each partition.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from data.own import CONTACTS
from engine.settings import Config

Mode: TypeAlias = Literal["live", "replay", "simulation"]
LIVE: Final[Mode] = "live"
REPLAY: Final[Mode] = "replay"
SIMULATION: Final[Mode] = "simulation"
MODES: Final[dict[str, Mode]] = {CONTACTS + mode: mode for mode in (LIVE, REPLAY, SIMULATION)}
"""Types of the engine's own entries, and the mode that each begins."""


def reaches_out(config: Config) -> bool:
    """Whether there is anybody outside who could be contacted at all."""
    acts = config.playbooks
    return bool(config.notify.receivers or acts.allow or acts.programs or acts.calls)


def entry_of(mode: Mode) -> str:
    return CONTACTS + mode


def differing(modes: Iterable[tuple[str, Mode]], wanted: Mode) -> list[str]:
    """Names of partitions whose mode is another."""
    return [name for name, mode in modes if mode != wanted]


def reason(mode: Mode) -> str:
    """Why nobody is told."""
    return f"not sent: {mode}"
