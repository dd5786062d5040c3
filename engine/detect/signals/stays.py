"""Where a person was: at the site that an event of theirs named last, before the first one at their home site."""

from bisect import bisect_right, insort
from collections.abc import Iterator

Mark = tuple[int, str]  # (time, site that was named)


class Stays:
    """Marks in order of time. What is forgotten leaves the site it ended at as `home`."""

    __slots__ = ("home", "marks")

    def __init__(self, home: str = "", marks: list[Mark] | None = None) -> None:
        self.home = home
        self.marks = marks or []

    def mark(self, time: int, site: str) -> bool:
        """Notes that the person was at `site`. True if the site may be a new one for them."""
        marks = self.marks
        if not marks or (time, site) >= marks[-1]:
            known = bool(marks) and marks[-1][1] == site
            marks.append((time, site))
            return not known
        insort(marks, (time, site))
        return True

    def at(self, time: int) -> str:
        """The site at that moment; empty if nobody knows."""
        place = self._behind(time)
        return self.marks[place - 1][1] if place else self.home

    def spans(self, after: int, until: int) -> Iterator[tuple[str, int, int]]:
        """(site, after, until) of every stay within (after, until], in order."""
        marks = self.marks
        place, last = self._behind(after + 1), self._behind(until)
        site, begin = (marks[place - 1][1] if place else self.home), after
        for number in range(place, last):
            time, other = marks[number]
            if other != site:
                if number + 1 < last and marks[number + 1][0] == time:
                    continue  # of several places at one moment the last one counts, as in `at`
                if time - 1 > begin:
                    yield site, begin, time - 1
                site, begin = other, time - 1
        yield site, begin, until

    def forget(self, until: int, settled: int) -> None:
        """Drops marks up to `until`, and those up to `settled` that say what the one before them said: nothing that
        is still allowed to come can fall between them."""
        marks = self.marks
        gone = self._behind(until)
        if gone:
            self.home = marks[gone - 1][1]
            del marks[:gone]
        kept: list[Mark] = []
        site = self.home
        for mark in marks:
            if mark[1] != site or mark[0] > settled:
                kept.append(mark)
            site = mark[1]
        self.marks = kept

    def sites(self) -> set[str]:
        return {self.home, *(site for _, site in self.marks)}

    def _behind(self, time: int) -> int:
        """How many marks lie at or before `time`."""
        return bisect_right(self.marks, (time, "\U0010ffff"))
