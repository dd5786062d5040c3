"""Jump letters: every row, pane and link in sight shows a letter, and pressing it goes there."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from textual.binding import Binding, BindingsMap

from noc_tui.widgets.line_list import LineList
from noc_tui.widgets.section_view import SectionView

if TYPE_CHECKING:
    from noc_tui.panes.pane import Pane
    from noc_tui.screens.frame import Frame

LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm"  # those under the fingers first


def codes(count: int) -> list[str]:
    """`count` codes of one letter, or where these do not suffice of two; none begins another. At most 26 * 26."""
    size = len(LETTERS)
    doubled = min(size, max(0, -(-(count - size) // (size - 1))))
    singles, firsts = LETTERS[: size - doubled], LETTERS[size - doubled :]
    return [*singles, *(first + second for first in firsts for second in LETTERS)][:count]


def tab_places(titles: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Where each title stands in the line of tabs: its first column, and the one after its last."""
    places, start = {}, 1
    for name, title in titles.items():
        places[name] = (start, start + len(title) + 2)
        start += len(title) + 3
    return places


def _letter_panes(frame: "Frame", letters: Mapping[str, str]) -> None:
    """Letters on titles and tabs; none takes them away."""
    places = tab_places(frame.tab_titles())
    frame.tabs.letters = tuple((at, letters[name]) for name, (at, _) in places.items() if name in letters)
    frame.tabs.sync()
    for name, pane in frame.panes.items():
        pane.title_line.letters = ((0, letters[name]),) if name in letters else ()
        pane.title_line.sync()


class Jump:
    """One jump at a time. While it lasts letters are its own; any other key ends it and does what it always does."""

    def __init__(self, frame: "Frame") -> None:
        self.frame = frame
        self.targets: dict[str, Callable[[], None]] = {}
        self._typed = ""

    def start(self) -> None:
        """Letters on everything in sight."""
        frame = self.frame
        front = frame.panes[frame.front]
        shown = [front, *(frame.panes[name] for name in frame.plan.boxes if name != frame.front)]
        rows = [(pane, key) for pane in shown for key in _rows(pane)]
        others = [name for name in (frame.tab_order if frame.plan.tabs else frame.plan.boxes) if name != frame.front]
        given = codes(len(others) + len(rows))
        self._typed = ""
        self.targets = {code: self._to_pane(name) for code, name in zip(given, others, strict=False)}
        _letter_panes(frame, dict(zip(others, given, strict=False)))
        for code, (pane, key) in zip(given[len(others) :], rows, strict=False):
            self.targets[code] = self._to_row(pane, key)
            assert isinstance(pane.body, LineList)
            pane.body.letters[key] = code
        for pane in shown:
            pane.body.sync()
        frame._bindings = BindingsMap(self._bindings())
        frame.show_keys()

    def press(self, key: str) -> None:
        """A letter, or the name of an action whose key is none."""
        if key not in LETTERS:
            self.stop()
            if key != "back":
                self.frame.perform(key)
            return
        self._typed += key
        target = self.targets.get(self._typed)
        if target is not None:
            self.stop()
            target()
        elif not any(code.startswith(self._typed) for code in self.targets):
            self.stop()
            self.frame.say((("Jump: ", "strong"), (f"nothing here shows {self._typed}", "stale")))

    def stop(self) -> None:
        """Letters away; keys mean what they meant."""
        frame = self.frame
        self.targets = {}
        _letter_panes(frame, {})
        for pane in frame.panes.values():
            if isinstance(pane.body, LineList):
                pane.body.letters.clear()
                pane.body.sync()
        frame._bindings = BindingsMap(frame.keymap.bindings())
        frame.show_keys()

    def _bindings(self) -> list[Binding]:
        own = [Binding(letter, f"letter('{letter}')", show=False) for letter in LETTERS]
        rest = [
            Binding(one.key, one.action.replace("perform", "letter"), show=False, priority=one.priority)
            for one in self.frame.keymap.bindings()
            if one.key not in LETTERS
        ]
        return [*own, *rest]

    def _to_pane(self, name: str) -> Callable[[], None]:
        return lambda: self.frame.go(name)

    def _to_row(self, pane: "Pane", key: str) -> Callable[[], None]:
        def go() -> None:
            frame, body = self.frame, pane.body
            assert isinstance(body, LineList)
            frame.go(pane.name_)
            if body.select(key):
                frame.follow_up("jump")
                if isinstance(body, SectionView):
                    frame.perform("open")

        return go


def _rows(pane: "Pane") -> Sequence[str]:
    """What can be gone to in a pane, of what is in sight: every row of a list, every link of a text once."""
    body = pane.body
    if not isinstance(body, LineList):
        return ()
    seen = body.items[body.top : body.top + body.page]
    if isinstance(body, SectionView):
        links = {line.ref: line.key for line in reversed(seen) if line.ref}
        return [line.key for line in seen if line.ref and links[line.ref] == line.key]
    return [body.key_of(item) for item in seen]
