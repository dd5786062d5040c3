"""A trial in the words of the console: `alerts.expire_after=30m --silence 'site="S1"' --over 24h`."""

import shlex
from typing import Any, Final

import msgspec

from engine.alerts.muting.matcher_syntax import read_matchers
from engine.alerts.muting.matchers import MatcherError, match_of
from engine.backtest.tried import Refused
from engine.backtest.wish import Wish, sweep_of
from engine.query import parse_duration
from engine.respond.playbooks.library import library_of
from engine.settings import Config, ConfigError, load

FORMS: Final = (
    "KEY=VALUE, --silence MATCHERS, --playbooks DIR, --model NAME=VERSION|rules, --sweep KEY=VALUE,VALUE, --over 24h"
)


def read(text: str, now: Config, ends: int) -> Wish:
    """What is asked, against the settings of now; `ends` is the newest event time. Raises Refused, naming the word."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Refused(f"{text}: {error}") from None
    sets: list[str] = []
    silences: list[str] = []
    models: list[str] = []
    since: int | None = None
    sweep, values = "", list[str]()
    rest = iter(words)
    for word in rest:
        if word == "--silence":
            silences.append(_matchers(_value(word, rest)))
        elif word == "--model":
            models.append(_value(word, rest))
        elif word == "--sweep":
            sweep, values = sweep_of(_value(word, rest))
        elif word == "--playbooks":
            sets.append(f"playbooks.folder={_value(word, rest)}")
        elif word == "--over":
            since = ends - _length(_value(word, rest))
        elif word.startswith("-") or "=" not in word:
            raise Refused(f"`{word}` is not understood: write {FORMS}")
        else:
            sets.append(word)
    if not (sets or silences or models or sweep):
        raise Refused(f"say what to change: {FORMS}")
    told = (*sets, *(f"silence {one}" for one in silences), *models)
    variants = tuple((value, _changed(now, [*sets, f"{sweep}={value}"])) for value in values)
    return Wish(now, _changed(now, sets), told, tuple(silences), tuple(models), since, None, sweep, variants)


def _value(word: str, rest: Any) -> str:
    found = next(rest, None)
    if found is None:
        raise Refused(f"{word} needs a value: {FORMS}")
    return str(found)


def _length(text: str) -> int:
    found = parse_duration(text)
    if found is None:
        raise Refused(f"`{text}` is no length of time such as 24h or 7d")
    return found


def _matchers(text: str) -> str:
    try:
        return match_of(read_matchers(text)).text
    except MatcherError as error:
        raise Refused(f"in `{text}`: {error}") from None


def _changed(now: Config, sets: list[str]) -> Config:
    """Values are read and checked as those of environment variables are; everything else stays as it is."""
    variables = {}
    for one in sets:
        key, _, value = one.partition("=")
        variables["NOC__" + key.strip().upper().replace(".", "__")] = value.strip()
    try:
        found = load(None, variables)
    except ConfigError as error:
        raise Refused("; ".join(str(error).splitlines())) from None
    changed = now
    for one in sets:
        path = one.partition("=")[0].strip().lower().split(".")
        changed = _replaced(changed, path, found)
    if problems := library_of(changed).problems:
        raise Refused("; ".join(map(str, problems[:3])))
    return changed


def _replaced(here: Any, path: list[str], found: Any) -> Any:
    """`here` with what `found` has at the path."""
    name, *rest = path
    value = getattr(found, name)
    return msgspec.structs.replace(here, **{name: _replaced(getattr(here, name), rest, value) if rest else value})
