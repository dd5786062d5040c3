"""`noc oncall`: who is on call, holes in the schedules, and calendars in and out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from data import times
from data.times import DAY
from noc_tui.commands import values
from noc_tui.commands.ending import NO, AnswerIsNo, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import output, say, show_json

if TYPE_CHECKING:
    from data.records.entity import Entity
    from data.records.oncall import Turn
    from engine.oncall.schedule import OnCall, Roll
    from engine.settings import Config

_NOW = click.option("--now", metavar="T", type=values.moment, help="At this time instead of now.")
_SCHEDULE = click.option("--schedule", metavar="NAME", help="This one only.")


@click.group("oncall")
def command() -> None:
    """Who is on call: now, in the days to come, and in other calendars."""


@command.command("who")
@_SCHEDULE
@_NOW
@as_json
@everywhere
def who(schedule: str | None, now: int | None, as_json: bool, db: str | None, config: str | None) -> int:
    """Who is on call, in which layer, and until when. Exit code 1 when nobody is."""
    chosen, known = _schedules(config)
    people = _people(db, chosen)
    moment = _now(now)
    turns = [(roll.name, turn) for roll in _chosen(known, schedule) for turn in roll.who(moment)]
    if as_json:
        show_json({"now": times.text(moment), "on_call": [_row(name, turn, people) for name, turn in turns]})
    else:
        for name, turn in turns:
            until = times.to_datetime(turn.end).astimezone(known.rolls[name].zone)
            stands = f", in place of {_label(turn.instead_of, people)}" if turn.instead_of else ""
            click.echo(
                f"{name}  {turn.layer}  {_label(turn.person, people)}{_reach(turn.person, people)}  until "
                f"{until:%a %Y-%m-%d %H:%M %Z}{stands}"
            )
        if not turns:
            say(f"nobody is on call at {times.text(moment)}")
    return 0 if turns else NO


@command.command("gaps")
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How far ahead.")
@_SCHEDULE
@_NOW
@as_json
@everywhere
def gaps(days: int, schedule: str | None, now: int | None, as_json: bool, db: str | None, config: str | None) -> int:
    """Times at which nobody is on call, and people who could not be reached. Exit code 1 when there are any."""
    from engine.oncall import gaps as holes

    chosen, known = _schedules(config)
    people = _people(db, chosen)
    since = _now(now)
    until = since + days * DAY
    found, lost, burden = [], [], {}
    for roll in _chosen(known, schedule):
        found += holes.gaps(roll, since, until) if roll.continuous else []
        lost += holes.unreachable(roll, people.values(), since, until) if people else []
        burden[roll.name] = holes.on_call_time(roll.shifts(since, until), since, until)
    if as_json:
        show_json(
            {
                "since": times.text(since),
                "until": times.text(until),
                "gaps": [_hole(gap.schedule, gap.start, gap.end) for gap in found],
                "unreachable": lost,
                "hours": {
                    name: {one: micros / times.HOUR for one, micros in spent.items()} for name, spent in burden.items()
                },
            }
        )
        return NO if found or lost else 0
    for gap in found:
        zone = known.rolls[gap.schedule].zone
        start, end = times.to_datetime(gap.start).astimezone(zone), times.to_datetime(gap.end).astimezone(zone)
        hours = (gap.end - gap.start) / times.HOUR
        click.echo(f"{gap.schedule}: nobody from {start:%a %Y-%m-%d %H:%M} to {end:%a %Y-%m-%d %H:%M %Z} ({hours:g} h)")
    for one in lost:
        click.echo(f"{one.schedule}: {_label(one.person, people)} {one.reason}")
    for name, spent in burden.items():
        share = ", ".join(f"{_label(one, people)} {micros / times.HOUR:g} h" for one, micros in spent.items())
        say(f"{name}, {days} days: {share or 'nobody'}")
    if not found and not lost:
        say(f"no gaps in the next {days} days")
    return NO if found or lost else 0


@command.command("export")
@click.option("--out", metavar="FILE", help="Write it there; default: standard output.")
@click.option("--days", type=click.IntRange(1, 1000), default=90, show_default=True, help="How far ahead.")
@click.option("--rules", is_flag=True, help="As recurring events without an end, of rotations only.")
@_SCHEDULE
@_NOW
@everywhere
def export(
    out: str | None, days: int, rules: bool, schedule: str | None, now: int | None, db: str | None, config: str | None
) -> None:
    """Write a schedule as a calendar (.ics), for other programs."""
    from engine.oncall.ical import write_calendar, write_happenings
    from engine.oncall.recurring import recurring

    chosen, known = _schedules(config)
    rolls = _chosen(known, schedule)
    if len(rolls) != 1:
        raise BadInput(f"name one of them: --schedule {' or '.join(roll.name for roll in rolls)}")
    since = _now(now)
    if rules:
        try:
            text = write_happenings(rolls[0].name, recurring(rolls[0]), since)
        except ValueError as error:
            raise BadInput(f"{rolls[0].name} cannot be written as rules: {error}; leave out --rules") from None
        with output(out) as file:
            file.write(text.encode())
        return
    labels = {id: person.name or id for id, person in _people(db, chosen).items()}
    text = write_calendar(rolls[0].name, rolls[0].shifts(since, since + days * DAY), since, labels)
    with output(out) as file:
        file.write(text.encode())


@command.command("import")
@click.argument("file", metavar="FILE.ics", type=click.Path(path_type=Path))
@click.option("--schedule", metavar="NAME", help="What the schedule is called; default: the file's name.")
@click.option("--out", metavar="FILE", help="Write it there, such as conf.d/desk.yaml; default: standard output.")
@everywhere
def import_(file: Path, schedule: str | None, out: str | None, db: str | None, config: str | None) -> None:
    """Turn a calendar into a schedule of the configuration, people named as they are known here."""
    from engine.oncall.ical import IcalError, read_calendar
    from engine.oncall.imports import People, appointments, yaml_of
    from noc_tui.commands.settings import settings

    chosen = settings(config)
    zone = chosen.engine.timezone
    try:
        events = read_calendar(file.read_text(encoding="utf-8-sig"), zone)
    except (IcalError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}") from None
    if not events:
        raise AnswerIsNo(f"{file} has no events")
    made, unknown = appointments(events, People(_people(db, chosen).values()))
    with output(out) as target:
        target.write(yaml_of(schedule or file.stem, zone, made).encode())
    say(f"{len(made)} appointments of {len({one.person for one in made})} people")
    for name in unknown:
        say(f"nobody here is called '{name}': put the person's id in its place")


def _schedules(config: str | None) -> tuple["Config", "OnCall"]:
    from engine.oncall.schedule import OnCall
    from noc_tui.commands.settings import settings

    chosen = settings(config)
    if not chosen.oncall.schedules:
        raise AnswerIsNo("no schedules are configured; `noc config init` writes an example (oncall.schedules)")
    return chosen, OnCall(chosen.oncall, chosen.engine.timezone)


def _chosen(known: "OnCall", name: str | None) -> list["Roll"]:
    if name is None:
        return list(known.rolls.values())
    if name not in known.rolls:
        raise BadInput(f"there is no schedule `{name}`; there are: {', '.join(known.rolls)}")
    return [known.rolls[name]]


def _people(db: str | None, chosen: "Config") -> dict[str, "Entity"]:
    """People by id, as the database knows them; without one, none."""
    from data.opening import open_reader
    from data.store import StoreBroken
    from noc_tui.commands.settings import database_of

    try:
        reader = open_reader(db or database_of(chosen))
    except StoreBroken:
        if db is not None:
            raise
        return {}
    try:
        return {one.id: one for one in reader.entities("person")}
    finally:
        reader.close()


def _now(now: int | None) -> int:
    from engine import clock

    return clock.wall() if now is None else now


def _label(person: str, people: dict[str, "Entity"]) -> str:
    known = people.get(person)
    return f"{known.name} ({person})" if known is not None and known.name else person


def _reach(person: str, people: dict[str, "Entity"]) -> str:
    known = people.get(person)
    phone = known.attributes.get("phone") if known is not None else None
    return f", {phone}" if phone else ""


def _row(schedule: str, turn: "Turn", people: dict[str, "Entity"]) -> dict[str, Any]:
    known = people.get(turn.person)
    return {
        "schedule": schedule,
        "layer": turn.layer,
        "person": turn.person,
        "name": known.name if known is not None else None,
        "start": times.text(turn.start),
        "end": times.text(turn.end),
        "instead_of": turn.instead_of,
    }


def _hole(schedule: str, start: int, end: int) -> dict[str, str]:
    return {"schedule": schedule, "start": times.text(start), "end": times.text(end)}
