"""A list as a thing of its own: what it shows with a filter, for whoever stands before a figure that counts it."""

from engine.query import QueryError, parse
from engine.sheets.kind import Scene
from engine.views import Dossier, Fact, Section


def listed(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    """`KIND?FILTER`; None for what is no list."""
    from engine.sheets.kinds import KINDS

    name, _, where = id.partition("?")
    kind = KINDS.get(name)
    if kind is None:
        return None
    try:
        parse(where).compile(kind.schema)
    except QueryError as error:
        return Dossier(0, f"list/{id}", kind.title, why=str(error))
    facts = (Fact("list", kind.title), Fact("filter", where or "none: all of it"), Fact("shows", kind.about))
    return Dossier(
        0, f"list/{id}", f"{kind.title}{f': {where}' if where else ''}",
        next_step="Enter in the list goes there.", sections=(Section("What is counted", facts),),
    )  # fmt: skip
