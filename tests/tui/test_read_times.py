"""Times and labels in running text, as people read them."""

import pytest

from data import times
from engine.sheets.dossiers.reports import _told
from engine.views import Fact, Section
from noc_tui.panes.blocks import section_blocks
from noc_tui.text import read_times
from noc_tui.widgets.section_view import Paragraph, lay_out

NOW = times.parse("2026-01-05T23:15:00Z")


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("until 2026-01-05T23:59:18.225Z; it hides 1", "until 23:59:18; it hides 1"),
        ("ends 2026-01-08T03:03:51.510Z", "ends 8 Jan 03:03"),
        ("2026-01-05T11:38 to 2026-01-05T23:38", "11:38 to 23:38"),
        ("since:2026-01-04T23:35:09.468Z order:-time", "since:2026-01-04T23:35:09.468Z order:-time"),
        ("T006-695c08f0", "T006-695c08f0"),
        ("2026-99-99T00:00:00Z", "99 99 00:00"),
    ],
)
def test_a_time_is_the_clock_and_on_another_day_the_day(told: str, read: str) -> None:
    assert read_times(told, NOW) == read


def test_a_section_has_no_raw_times() -> None:
    blocks = section_blocks(Section("Why", (Fact("decided", "2026-01-05T21:13:00Z"),)), NOW)
    assert [line.cells[-1][0] for line in lay_out(blocks, 40)][1:] == ["21:13:00"]


def test_a_label_never_touches_what_it_labels() -> None:
    blocks = [Paragraph("0.923", "text", "score of the rules"), Paragraph("1", "text", "alert/A-jb4q0cr7d0e8s9k3jw")]
    for line in lay_out(blocks, 44):
        label, text = line.cells[0][0], line.cells[1][0]
        assert label.endswith(" ")
        assert text in ("0.923", "1")


def test_a_row_of_a_report_begins_with_what_it_is() -> None:
    told = _told(("what", "site", "who", ""), ("S010-sensor-3: 3 alerts", "Cold Store", "NOBODY", ""))
    assert told == "S010-sensor-3: 3 alerts; site: Cold Store; who: NOBODY"
