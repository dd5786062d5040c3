"""Regular expressions in the syntax of RE2, anchored at both ends, matched in time linear in the text.

Matchers come from people and configurations, and a backtracking engine lets `(a+)+b` stop a night shift. Method: the
pattern becomes a nondeterministic automaton whose sets of states are worked out while reading and remembered (Thompson,
"Regular Expression Search Algorithm", CACM 1968; Cox, "Regular Expression Matching Can Be Simple And Fast", 2007).
Nothing is refused for being nested; what has no such automaton (back references, looking around) is.
"""

from functools import lru_cache

from engine.query.regex_syntax import Node, RegexError, literal_texts, parse

MOST_STEPS = 1_000  # instructions of one automaton; the time for a text grows with both
MOST_KEPT = 4_096  # transitions remembered before the memory begins anew

_SPLIT, _CHARS, _START, _END, _MATCH = range(5)
Instruction = tuple[int, object, int, int]  # kind, characters, where to go on, the other way of a split

__all__ = ["Regex", "RegexError", "compiled"]


class _State:
    """A set of places in the automaton that the text read so far may have led to."""

    __slots__ = ("accepts", "places", "ways")

    def __init__(self, places: tuple[int, ...], accepts: bool) -> None:
        self.places = places
        self.accepts = accepts
        self.ways: dict[str, _State] = {}


class Regex:
    """One pattern. `literals` holds all texts it matches, where these are few and finite (`S1|S2`), else None."""

    def __init__(self, pattern: str, *, ignore_case: bool = False) -> None:
        """Raises RegexError."""
        node = parse(pattern, ignore_case=ignore_case)
        self.literals = literal_texts(node)
        self._program = _Program(node).steps
        self._states: dict[tuple[int, ...], _State] = {}
        self._kept = 0
        self._start = self._state([0], at_start=True)

    def __call__(self, text: str) -> bool:
        """Does the whole of `text` match?"""
        state = self._start
        for letter in text:
            following = state.ways.get(letter)
            state = self._step(state, letter) if following is None else following
            if not state.places:
                return False
        return state.accepts

    def _step(self, state: _State, letter: str) -> _State:
        if self._kept >= MOST_KEPT:
            self._states.clear()
            self._start.ways.clear()
            state.ways.clear()
            self._kept = 0
        code = ord(letter)
        targets = []
        for place in state.places:
            kind, chars, target, _ = self._program[place]
            if kind == _CHARS and code in chars:  # type: ignore[operator]
                targets.append(target)
        following = state.ways[letter] = self._state(targets, at_start=False)
        self._kept += 1
        return following

    def _state(self, places: list[int], *, at_start: bool) -> _State:
        inner = self._closure(places, at_start, at_end=False)
        known = self._states.get(inner)
        if known is None or at_start:
            known = _State(inner, _MATCH in {self._program[one][0] for one in self._closure(places, at_start, True)})
            if not at_start:
                self._states[inner] = known
        return known

    def _closure(self, places: list[int], at_start: bool, at_end: bool) -> tuple[int, ...]:
        """All places reached without reading."""
        seen: set[int] = set()
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            kind, _, first, second = self._program[place]
            if kind == _SPLIT:
                waiting += (first, second)
            elif (kind == _START and at_start) or (kind == _END and at_end):
                waiting.append(first)
        return tuple(sorted(one for one in seen if self._program[one][0] in (_CHARS, _END, _MATCH)))


class _Program:
    """Writes the automaton: each node ends where the next one begins."""

    def __init__(self, node: Node) -> None:
        self.steps: list[Instruction] = []
        self._write(node)
        self._add(_MATCH)

    def _add(self, kind: int, chars: object = None, first: int = -1, second: int = -1) -> int:
        if len(self.steps) >= MOST_STEPS:
            raise RegexError("the pattern is too large", "shorten it, or repeat less often")
        here = len(self.steps)
        self.steps.append((kind, chars, here + 1 if first < 0 else first, second))
        return here

    def _aim(self, place: int, first: int | None = None, second: int | None = None) -> None:
        kind, chars, one, other = self.steps[place]
        self.steps[place] = (kind, chars, one if first is None else first, other if second is None else second)

    def _write(self, node: Node) -> None:
        if node.kind == "chars":
            self._add(_CHARS, node.chars)
        elif node.kind == "start":
            self._add(_START)
        elif node.kind == "end":
            self._add(_END)
        elif node.kind == "row":
            for part in node.parts:
                self._write(part)
        elif node.kind == "choice":
            self._choice(node.parts)
        else:
            self._repeat(node)

    def _choice(self, parts: tuple[Node, ...]) -> None:
        exits = []
        for part in parts[:-1]:
            fork = self._add(_SPLIT)
            self._write(part)
            exits.append(self._add(_SPLIT))
            self._aim(fork, second=len(self.steps))
        self._write(parts[-1])
        for place in exits:
            self._aim(place, len(self.steps), len(self.steps))

    def _repeat(self, node: Node) -> None:
        part = node.parts[0]
        for _ in range(node.least):
            self._write(part)
        if node.most is None:
            fork = self._add(_SPLIT)
            self._write(part)
            self._add(_SPLIT, first=fork, second=fork)
            self._aim(fork, second=len(self.steps))
            return
        forks = []
        for _ in range(node.most - node.least):
            forks.append(self._add(_SPLIT))
            self._write(part)
        for fork in forks:
            self._aim(fork, second=len(self.steps))


@lru_cache(maxsize=4_096)
def compiled(pattern: str, *, ignore_case: bool = False) -> Regex:
    """The automaton of a pattern; each is built once. Raises RegexError."""
    return Regex(pattern, ignore_case=ignore_case)
