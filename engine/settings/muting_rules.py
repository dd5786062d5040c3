"""What must hold in the sections `maintenance` and `inhibit`: times, zones, matchers, rules that turn on each other."""

from typing import TYPE_CHECKING

from data.records.severity import NAMES
from engine.query.errors import choices, did_you_mean
from engine.settings.muting import InhibitRule, MaintenanceWindow
from engine.settings.reading import Reading

if TYPE_CHECKING:
    from engine.alerts.muting.matchers import Match, Matcher
    from engine.settings.sections import Config

# Words for a severity that foreign senders use in their label.
FOREIGN = ("warning", "error", "page", "none", "minor", "major", "emergency", "ok", "unknown", "notice", "debug")


def check_maintenance(reading: Reading, config: "Config") -> None:
    """Tells in `reading` what is wrong with the windows of planned work."""
    entries: list[tuple[str, MaintenanceWindow]] = reading.elements.get("maintenance", [])
    names: dict[str, str] = {}
    for key, window in entries:
        if names.setdefault(window.name, key) != key:
            reading.at(f"{key}.name", f"a second window called '{window.name}'", "give it another name")
        check_scope(reading, key, window)
        check_schedule(reading, key, window, config.engine.timezone)


def check_scope(reading: Reading, key: str, window: MaintenanceWindow) -> None:
    from engine.alerts.muting.hygiene import too_broad

    places = window.site or window.client or window.entity
    match = read_match(reading, f"{key}.match", (window.match,)) if window.match else None
    if window.match and match is None:
        return
    if not places and match is None:
        if window.tenant:
            reading.warn(key, f"mutes everything of {', '.join(window.tenant)}", "name sites, clients or things too")
        else:
            reading.at(key, "mutes everything", "name a `site:`, `client:`, `entity:` or `match:`")
    elif not places and match is not None and (broad := too_broad(match)):
        reading.at(f"{key}.match", broad, "name a site, a type or a thing")
    for number, ref in enumerate(window.entity):
        if "/" not in ref:
            text = f"'{ref[:60]}' is no reference to a thing"
            reading.at(f"{key}.entity[{number}]", text, f"write its kind too, such as device/{ref[:60]}")


def check_schedule(reading: Reading, key: str, window: MaintenanceWindow, zone: str) -> None:
    from engine.alerts.muting.recurrence import Recurrence, ScheduleError

    try:
        recurrence = Recurrence(window.schedule(zone))
    except ScheduleError as error:
        if error.field == "zone" and not window.timezone:
            return  # told of engine.timezone already
        name = {"zone": "timezone"}.get(error.field, error.field)
        reading.at(f"{key}.{name}", error.text, error.remedy)
        return
    if not recurrence.repeats:
        return
    if recurrence.never():
        reading.at(key, "it never opens: no day is all that is asked for", "look at `days`, `month_days` and `last`")
        return
    skipped = recurrence.skipped()
    if skipped is not None:
        text = f"it does not open on {skipped.isoformat()}: the clocks skip it there"
        reading.warn(f"{key}.start", text, "choose another time of day, or a zone without summer time")


def check_inhibit(reading: Reading) -> None:
    """Tells in `reading` what is wrong with the rules of inhibition, also between them."""
    from engine.alerts.muting.matchers import Match

    entries: list[tuple[str, InhibitRule]] = reading.elements.get("inhibit", [])
    whole: list[tuple[str, InhibitRule, Match, Match]] = []
    names: dict[str, str] = {}
    for key, rule in entries:
        if rule.name and names.setdefault(rule.name, key) != key:
            reading.at(f"{key}.name", f"a second rule called '{rule.name}'", "give it another name")
        source = read_match(reading, f"{key}.source", rule.source)
        target = read_match(reading, f"{key}.target", rule.target)
        if source is not None and target is not None and check_sides(reading, key, rule, source, target):
            whole.append((key, rule, source, target))
    check_circles(reading, whole)


def check_sides(reading: Reading, key: str, rule: InhibitRule, source: "Match", target: "Match") -> bool:
    """True if the rule can hide anything."""
    if source.text == target.text:
        text = "hides nothing: an alert that matches both sides is hidden by no such alert"
        reading.at(f"{key}.target", text, "write other matchers for the target")
        return False
    if source.matches_empty:
        reading.at(f"{key}.source", "every alert without these labels is a source", "name a type")
    if target.matches_all:
        reading.warn(f"{key}.target", "every alert is a target", "name types or severities")
    if not rule.equal:
        text = "without `equal` an alert anywhere hides those of all other sites"
        reading.warn(key, text, "add `equal: [site]` or the like")
    return True


def check_circles(reading: Reading, rules: "list[tuple[str, InhibitRule, Match, Match]]") -> None:
    from engine.alerts.muting.overlap import circles

    for path, certain in circles([(source, target, rule.equal) for _, rule, source, target in rules]):
        keys = [rules[one][0] for one in path]
        named = " and ".join(f"'{rules[one][1].name}'" if rules[one][1].name else rules[one][0] for one in path)
        verb = "hide" if certain else "may hide"
        text = f"{named} {verb} each other's sources, in a circle"
        remedy = "let one side name a severity or type that the other cannot have"
        reading.at(f"{keys[0]}.source", text, remedy, "error" if certain else "warning")


def read_match(reading: Reading, key: str, texts: tuple[str, ...]) -> "Match | None":
    """All matchers of the texts as one set; None after telling why not."""
    from engine.alerts.muting.matcher_syntax import read_matchers
    from engine.alerts.muting.matchers import MatcherError, match_of

    found: list[Matcher] = []
    for number, text in enumerate(texts):
        place = f"{key}[{number}]" if f"{key}[{number}]" in reading.places else key
        try:
            matchers = read_matchers(text)
            match_of(matchers)
        except MatcherError as error:
            reading.at(place, f"in `{text[:120]}`: {error.text} at character {error.position + 1}", error.remedy)
            return None
        for one in matchers:
            check_matcher(reading, place, one)
        found += matchers
    if not found:
        reading.at(key, "names no alerts", 'write matchers such as alertname="HOST_DOWN"')
        return None
    match = match_of(found)
    return None if tell_contradiction(reading, key, match) else match


def tell_contradiction(reading: Reading, key: str, match: "Match") -> bool:
    from engine.alerts.muting.overlap import contradiction

    wrong = contradiction(match.matchers)
    if wrong:
        text = f"no alert matches {' and '.join(one.text for one in wrong)}"
        reading.at(key, text, "remove one of them" if len(wrong) > 1 else "look at its value")
    return bool(wrong)


def check_matcher(reading: Reading, key: str, matcher: "Matcher") -> None:
    """Values that no alert has."""
    from engine.alerts.muting.matchers import admits

    words = NAMES[1:]
    if matcher.name == "severity" and not any(admits(matcher, word) for word in (*words, *FOREIGN)):
        hint = did_you_mean(matcher.value.upper(), words) or choices(list(words))
        reading.warn(key, f"no alert has the severity of {matcher.text}", hint)
    if matcher.name == "entity" and matcher.op == "=" and matcher.value and "/" not in matcher.value:
        text = f"'{matcher.value[:60]}' is no reference to a thing"
        reading.warn(key, text, f"write its kind too, such as device/{matcher.value[:60]}")
