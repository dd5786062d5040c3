"""The verdict over a muted alert."""

import msgspec


class Mute(msgspec.Struct, frozen=True):
    """Why an alert is not shown as open work. `kind` is `silence`, `maintenance`, `inhibited` or `dependency`; `by` the
    id of the silence or window, or the name of the rule; `text` says it to people; `source_alert` is the number of the
    alert that shows it instead (None for what a person asked)."""

    kind: str
    by: str
    text: str
    source_alert: int | None = None
