"""Which page is on the wall: each for its seconds, empty ones skipped, and what burns first."""

from collections.abc import Collection, Sequence


class Rotation:
    """Time is that of the caller, in seconds, and only goes on. `seconds` is how long a page stays."""

    def __init__(self, pages: Sequence[str], seconds: float, jump_to: str = "incidents") -> None:
        if not pages:
            raise ValueError("a wall without pages")
        self.pages = tuple(pages)
        self.seconds = seconds
        self.jump_to = jump_to
        self.page = self.pages[0]
        self._until: float | None = None
        self._burning: frozenset[str] = frozenset()
        self.burns: frozenset[str] = frozenset()  # what is new and burns on the page shown

    def beat(self, now: float, empty: Collection[str], burning: Collection[str]) -> bool:
        """`empty` are pages with nothing on them, `burning` the items that nobody may overlook. Whether the wall has
        just jumped to one of these."""
        fresh = frozenset(burning) - self._burning
        self._burning = frozenset(burning)
        if self._until is None:
            self._until = now + self.seconds
            return False
        if fresh and self.jump_to in self.pages:
            self.page, self.burns = self.jump_to, fresh
            self._until = now + 2 * self.seconds
            return True
        if now >= self._until or (self.page in empty and self.page not in self.pages[:1]):
            self._turn(empty)
            self._until = now + self.seconds
        return False

    def _turn(self, empty: Collection[str]) -> None:
        """The next page that has something on it; the same again where no other has."""
        self.burns = frozenset()
        at = self.pages.index(self.page)
        for step in range(1, len(self.pages) + 1):
            page = self.pages[(at + step) % len(self.pages)]
            if page not in empty:
                self.page = page
                return
        self.page = self.pages[0]

    def left(self, now: float) -> float:
        """Seconds until the page turns."""
        return 0.0 if self._until is None else max(0.0, self._until - now)
