"""References to entities: `kind/id`, or the bare id in a field that is named after the kind."""

# Field of a payload -> the kind of thing it names by a bare id.
NAMED_KINDS = {
    "site": "site", "person": "person", "client": "client", "device": "device", "shift": "shift", "owner": "person",
    "in_charge": "person", "assignee": "person", "substitute_for": "person",
}  # fmt: skip

_KINDS = frozenset((*NAMED_KINDS.values(), "task", "ticket", "work_order"))


def bare(value: str | None) -> str | None:
    """The id, whether `value` is one or a reference to one. Ids may hold slashes too (a port `ge-0/0/1`): only what
    begins with a kind that fields are named after is a reference."""
    if value is None or "/" not in value:
        return value
    kind, _, id = value.partition("/")
    return id if id and kind in _KINDS else value
