"""One tour, and what a site's tours of a day come to."""

import msgspec


class Tour(msgspec.Struct):
    """A tour until some hours after it was due. `points` tells of each checkpoint whether it was scanned; times in
    microseconds, `due` None: at any time. `finding` is what it was found to be, empty while nothing is wrong."""

    id: str
    site: str | None
    person: str | None = None
    due: int | None = None
    grace: int = 0
    mandatory: bool = True
    points: dict[str, bool] = {}
    completed: bool = False  # says the sender
    scanned_at: int = 0
    finding: str = ""
    judged: bool = False
    until: int = 0  # forgotten then, if it is judged or never due

    @property
    def done(self) -> int:
        return sum(self.points.values())

    @property
    def share(self) -> float:
        """Of its checkpoints, 0-1; of a tour without any, whether it was completed."""
        return self.done / len(self.points) if self.points else float(self.completed)

    @property
    def timer(self) -> int:
        """When it is judged, or forgotten."""
        return self.until if self.judged or self.due is None else self.due + self.grace


class Coverage(msgspec.Struct):
    """A tour that was judged: when it was due, its checkpoints and those scanned in time, and if it was missed."""

    due: int
    done: int
    of: int
    missed: bool
