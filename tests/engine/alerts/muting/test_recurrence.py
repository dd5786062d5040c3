"""A year of windows against the clocks on the wall, hour changes included."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.records.silence import Schedule
from data.times import DAY, HOUR, MINUTE, from_datetime, parse, text, to_datetime
from engine.alerts.muting.recurrence import Recurrence, ScheduleError


def daily(start: str, end: str, zone: str) -> Schedule:
    return Schedule(zone=zone, repeat="daily", start=start, end=end)


def spans(schedule: Schedule, since: str, until: str) -> list[tuple[str, str]]:
    found = Recurrence(schedule).between(parse(since), parse(until))
    return [(text(start), text(end)) for start, end in found]


@pytest.mark.parametrize(
    ("schedule", "since", "until", "expected"),
    [
        pytest.param(  # 02:00 does not exist: the window begins with the jump and lasts one hour
            daily("02:00", "04:00", "Europe/Berlin"), "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z",
            [("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"), ("2026-03-30T00:00:00Z", "2026-03-30T02:00:00Z")],
            id="Berlin in spring",
        ),
        pytest.param(  # 02:00 to 03:00 comes twice
            daily("02:00", "04:00", "Europe/Berlin"), "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z",
            [("2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z")],
            id="Berlin in autumn",
        ),
        pytest.param(
            daily("01:30", "02:30", "Europe/Berlin"), "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z",
            [("2026-10-24T23:30:00Z", "2026-10-25T01:30:00Z")],
            id="ends in the hour that comes twice",
        ),
        pytest.param(
            daily("02:15", "02:45", "Europe/Berlin"), "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z",
            [("2026-03-30T00:15:00Z", "2026-03-30T00:45:00Z")],
            id="skipped whole",
        ),
        pytest.param(
            daily("00:00", "24:00", "Europe/Berlin"), "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z",
            [("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")],
            id="a day of 23 hours",
        ),
        pytest.param(
            daily("00:00", "00:00", "Europe/Berlin"), "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z",
            [("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")],
            id="a day of 25 hours",
        ),
        pytest.param(
            daily("02:00", "04:00", "America/New_York"), "2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z",
            [("2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"), ("2026-03-09T06:00:00Z", "2026-03-09T08:00:00Z")],
            id="New York in spring",
        ),
        pytest.param(
            daily("01:00", "01:30", "America/New_York"), "2026-10-31T12:00:00Z", "2026-11-01T12:00:00Z",
            [("2026-11-01T05:00:00Z", "2026-11-01T06:30:00Z")],
            id="New York in autumn",
        ),
        pytest.param(
            daily("22:00", "06:00", "Asia/Kolkata"), "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z",
            [("2026-03-28T16:30:00Z", "2026-03-29T00:30:00Z")],
            id="Kolkata over midnight",
        ),
        pytest.param(
            Schedule(zone="Europe/Berlin", repeat="weekly", days=("fri",), start="18:00", end="mon 06:00"),
            "2026-03-26T00:00:00Z", "2026-04-02T00:00:00Z", [("2026-03-27T17:00:00Z", "2026-03-30T04:00:00Z")],
            id="a weekend with the change in it",
        ),
        pytest.param(
            Schedule(zone="UTC", repeat="monthly", days=("2tue", "-1fri"), start="03:00", lasts=HOUR),
            "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z",
            [("2026-04-14T03:00:00Z", "2026-04-14T04:00:00Z"), ("2026-04-24T03:00:00Z", "2026-04-24T04:00:00Z")],
            id="second Tuesday and last Friday",
        ),
        pytest.param(
            Schedule(zone="UTC", repeat="monthly", month_days=(-1, 31), start="03:00", lasts=HOUR),
            "2026-01-20T00:00:00Z", "2026-03-01T00:00:00Z",
            [("2026-01-31T03:00:00Z", "2026-01-31T04:00:00Z"), ("2026-02-28T03:00:00Z", "2026-02-28T04:00:00Z")],
            id="last of the month",
        ),
        pytest.param(
            Schedule(zone="UTC", repeat="weekly", every=2, days=("wed",), start="03:00", lasts=HOUR, first="2026-01-05",
                     last="2026-01-25"),
            "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z",
            [("2026-01-07T03:00:00Z", "2026-01-07T04:00:00Z"), ("2026-01-21T03:00:00Z", "2026-01-21T04:00:00Z")],
            id="every second Wednesday, for three weeks",
        ),
        pytest.param(
            Schedule(zone="Europe/Berlin", start="2026-03-28T20:00", end="2026-03-29T06:00"),
            "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", [("2026-03-28T19:00:00Z", "2026-03-29T04:00:00Z")],
            id="once, over the change",
        ),
        pytest.param(
            Schedule(zone="Europe/Berlin", start="2026-03-28T20:00:00+05:30", lasts=DAY),
            "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", [("2026-03-28T14:30:00Z", "2026-03-29T14:30:00Z")],
            id="once, with a zone of its own",
        ),
    ],
)  # fmt: skip
def test_golden_times(schedule: Schedule, since: str, until: str, expected: list[tuple[str, str]]) -> None:
    assert spans(schedule, since, until) == expected


def covered(schedule: Schedule, moment: int) -> bool:
    """By the clocks on the wall: is this minute between the first showing of start and the last showing of end?"""
    zone = ZoneInfo(schedule.zone)
    here = to_datetime(moment).astimezone(zone)
    start, end = (int(one[:2]) * 60 + int(one[3:]) for one in (schedule.start, schedule.end))
    for back in (0, 1):
        day = (here - timedelta(days=back)).date()
        shown = [
            minute
            for minute in range(-180, 60 * 51)
            if day
            <= (clock := to_datetime(from_datetime(datetime.combine(day, datetime.min.time(), zone)) + minute * MINUTE)
                .astimezone(zone)).date()
            and (clock.date() - day).days * 1440 + clock.hour * 60 + clock.minute
            in range(start, end if end > start else end + 1440)
        ]  # fmt: skip
        base = from_datetime(datetime.combine(day, datetime.min.time(), zone))
        if shown and base + shown[0] * MINUTE <= moment <= base + shown[-1] * MINUTE:
            return True
    return False


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.integers(0, 1439),
    st.integers(1, 1439),
    st.sampled_from(["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2026-06-01"]),
    st.integers(-600, 2000),
)
def test_open_exactly_while_the_clocks_say_so(zone: str, start: int, length: int, day: str, minute: int) -> None:
    end = (start + length) % 1440
    schedule = daily(f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}", zone)
    base = from_datetime(datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone)))
    moment = base + minute * MINUTE
    assert (Recurrence(schedule).covering(moment) is not None) is covered(schedule, moment)


@given(st.integers(0, 400), st.sampled_from(["daily", "weekly", "monthly"]))
def test_following_and_covering_agree(ahead: int, repeat: str) -> None:
    days = {"daily": (), "weekly": ("mon", "thu"), "monthly": ("1sun",)}[repeat]
    recurrence = Recurrence(Schedule(zone="Europe/Berlin", repeat=repeat, days=days, start="23:00", end="03:00"))
    now = parse("2026-01-01T12:00:00Z") + ahead * 7 * HOUR
    coming = recurrence.following(now)
    assert coming is not None
    start, end = coming
    assert now < start < end
    assert recurrence.covering(start) == coming
    assert recurrence.covering(end - 1) == coming
    assert recurrence.covering(end) is None
    assert recurrence.covering(start - 1) is None


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        (Schedule(start="2026-01-01T00:00"), "end"),
        (Schedule(start="2026-01-01T00:00", end="2025-01-01T00:00"), "end"),
        (Schedule(start="soon", lasts=HOUR), "start"),
        (Schedule(start="2026-01-01T00:00", lasts=HOUR, days=("mon",)), "days"),
        (Schedule(start="2026-01-01T00:00", end="2026-01-02T00:00", lasts=HOUR), "lasts"),
        (Schedule(repeat="daily", start="25:00", lasts=HOUR), "start"),
        (Schedule(repeat="daily", start="02:00", end="noon"), "end"),
        (Schedule(repeat="weekly", days=("fri",), start="02:00", end="day 03:00"), "end"),
        (Schedule(repeat="daily", start="02:00", lasts=DAY), "lasts"),
        (Schedule(repeat="weekly", start="02:00", lasts=HOUR), "days"),
        (Schedule(repeat="weekly", days=("someday",), start="02:00", lasts=HOUR), "days"),
        (Schedule(repeat="weekly", days=("2tue",), start="02:00", lasts=HOUR), "days"),
        (Schedule(repeat="monthly", start="02:00", lasts=HOUR), "month_days"),
        (Schedule(repeat="monthly", month_days=(32,), start="02:00", lasts=HOUR), "month_days"),
        (Schedule(repeat="daily", month_days=(1,), start="02:00", lasts=HOUR), "month_days"),
        (Schedule(repeat="daily", every=2, start="02:00", lasts=HOUR), "every"),
        (Schedule(repeat="daily", first="2026-02-30", start="02:00", lasts=HOUR), "first"),
        (Schedule(repeat="daily", first="2026-02-03", last="2026-01-01", start="02:00", lasts=HOUR), "last"),
        (Schedule(zone="Europe/Berln", repeat="daily", start="02:00", lasts=HOUR), "zone"),
        (Schedule(repeat="hourly", start="02:00", lasts=HOUR), "repeat"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_its_field(schedule: Schedule, field: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        Recurrence(schedule)
    assert caught.value.field == field
    assert caught.value.remedy
