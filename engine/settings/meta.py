"""How a setting is described where it is declared: what it means, its unit and its limits."""

from typing import Any

from msgspec import Meta

HIDDEN = Meta(extra={"hidden": True})  # no setting: the program's own


def about(text: str, *, least: float | None = None, most: float | None = None, **more: Any) -> Meta:
    """`more` may hold `example` (YAML), `cover` (what of it is never printed: `password` or `path`)."""
    return Meta(description=text, extra={"least": least, "most": most, **more})


def length(text: str, *, least: int = 0, most: int | None = None) -> Meta:
    """A length of time: kept in microseconds, written `15m` or as a number of seconds."""
    return Meta(description=text, extra={"length": True, "least": least, "most": most})
