"""The playbooks in use: shipped ones and those of the configuration, checked, and found by what they are for."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import msgspec

import data
from data.records.severity import LEVELS
from engine.query import parse_duration
from engine.respond.actions.specs import SPECS, WaitForCondition, typed
from engine.respond.playbooks.document import Playbook, Problem, Source, read
from engine.respond.playbooks.templates import problems as places
from engine.respond.playbooks.terms import MAPS, NUMBERS, TEXTS, TermError, compiled
from engine.settings import Config
from engine.settings.playbooks import PlaybookSettings

FOLDER = Path(data.__file__).parent / "playbooks"
_HOST_OF_FACTS = re.compile(r"(?:[^/?#]*//)?[^/?#]*\{\{")
KNOWN = frozenset((*MAPS, *TEXTS, *NUMBERS))


class Library:
    """Raises nothing: what cannot be used is in `problems`, and is not used."""

    def __init__(self, settings: PlaybookSettings, receivers: Iterable[str] = ()) -> None:
        found = (*_shipped(), *_own(settings.folder)) if settings.shipped else _own(settings.folder)
        self.problems: list[Problem] = []
        self.sources: dict[str, Source] = {}
        names = frozenset(receivers)
        for source, wrong in found:
            wrong = [*wrong, *(check(source, settings, names) if source is not None else ())]
            self.problems += wrong
            if source is not None and not wrong and source.playbook.playbook not in settings.off:
                self.sources[source.playbook.playbook] = source
        self.playbooks = {name: source.playbook for name, source in sorted(self.sources.items())}
        self._kinds: dict[tuple[str, str], tuple[Playbook, ...]] = {}

    @classmethod
    def nothing(cls) -> "Library":
        """No playbook at all."""
        return cls(PlaybookSettings(shipped=False))

    def matching(self, on: str, kind: str, severity: int) -> Iterator[Playbook]:
        """Playbooks for a thing of that type and severity, before their expressions are asked."""
        key = on, kind
        found = self._kinds.get(key)
        if found is None:
            found = tuple(book for book in self.playbooks.values() if is_for(book, on, kind))
            if len(self._kinds) < 10_000:  # types come from senders
                self._kinds[key] = found
        return (book for book in found if severity >= LEVELS[book.trigger.severity])


def library_of(config: Config) -> Library:
    return Library(config.playbooks, (receiver.name for receiver in config.notify.receivers))


def check(source: Source, settings: PlaybookSettings, receivers: frozenset[str]) -> list[Problem]:
    """What is wrong with a playbook beyond its shape: expressions, actions, their parameters, places for facts."""
    book = source.playbook
    found: list[Problem] = []
    if book.trigger.when:
        found += _check_term(source, "trigger.when", book.trigger.when)
    for place, step in enumerate(book.steps):
        where = f"steps[{place}]"
        if step.when:
            found += _check_term(source, f"{where}.when", step.when)
        found += _check_action(source, f"{where}.do", f"{where}.with", step.do, step.params, settings, receivers)
        if step.undo is not None:
            at = f"{where}.undo"
            if step.undo.do == "wait_for_condition":
                found.append(source.at(f"{at}.do", f"{at}.do: waiting takes nothing back"))
            found += _check_action(
                source, f"{at}.do", f"{at}.with", step.undo.do, step.undo.params, settings, receivers
            )
        if step.on_failure == "compensate" and not any(each.undo for each in book.steps[: place + 1]):
            found.append(source.at(f"{where}.on_failure", f"{where}.on_failure: no step up to here has an undo"))
    return found


def _check_term(source: Source, where: str, text: str) -> list[Problem]:
    try:
        compiled(text)
    except TermError as error:
        return [source.at(where, f"{where}: {error}")]
    return []


def _check_action(
    source: Source, at: str, where: str, action: str, params: dict[str, object], settings: PlaybookSettings,
    receivers: frozenset[str],
) -> list[Problem]:  # fmt: skip
    if action not in SPECS:
        return [source.at(at, f"{at}: there is no action '{action}'; there are: {', '.join(SPECS)}")]
    found = [source.at(where, f"{where}: {text}") for text in places(params, KNOWN)]
    try:
        given = typed(action, params)
    except msgspec.ValidationError as error:
        words, _, inner = str(error).partition(" - at `$")
        spot = where + inner.rstrip("`")
        return [*found, source.at(spot, f"{spot}: {words[:1].lower()}{words[1:]}")]
    if action == "http_request" and _HOST_OF_FACTS.match(given.url):
        found.append(
            source.at(f"{where}.url", f"{where}.url: a fact must not say where a request goes, only what it says")
        )
    for name in ("lasts", "poll"):
        text = getattr(given, name, "")
        if text and "{{" not in text and parse_duration(text) is None:
            found.append(source.at(f"{where}.{name}", f"{where}.{name}: '{text}' is no length of time"))
    if isinstance(given, WaitForCondition) and given.until == "expression":
        found += _check_term(source, f"{where}.expression", given.expression)
    if action == "run_command" and params.get("program") not in [one.name for one in settings.programs]:
        text = f"the program '{params.get('program')}' is not in playbooks.programs, so it is not run"
        found.append(source.at(f"{where}.program", f"{where}.program: {text}"))
    for name in getattr(given, "to", ()) if action == "send_notification" else ():
        if name not in receivers:
            found.append(source.at(f"{where}.to", f"{where}.to: there is no receiver '{name}' in notify.receivers"))
    return found


def is_for(book: Playbook, on: str, kind: str) -> bool:
    types = book.trigger.types
    return book.trigger.on == on and (not types or any(fnmatchcase(kind, each) for each in types))


@cache
def _shipped() -> tuple[tuple[Source | None, list[Problem]], ...]:
    return tuple(read(path) for path in sorted(FOLDER.glob("*.yaml")))


def _own(folder: str) -> tuple[tuple[Source | None, list[Problem]], ...]:
    if not folder:
        return ()
    path = Path(folder).expanduser()
    if not path.is_dir():
        return ((None, [Problem(str(path), 1, "is no folder: playbooks.folder")]),)
    return tuple(read(each) for each in sorted(path.glob("*.yaml")))
