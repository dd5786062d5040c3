"""Frames are sifted without changing what is seen, and nothing hostile gets through them."""

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from noc_tui.frames import Screenful, Sifted
from tests.support.hostile import CORPUS, violations

CONSOLE = Console(color_system="truecolor", force_terminal=True, width=30)
WIDTH, HEIGHT = 24, 3
STYLES = [None, Style(color="red"), Style(bold=True, bgcolor="blue")]


class Glass:
    """Two terminals side by side: one gets every frame whole, the other only what changed."""

    def __init__(self) -> None:
        self.whole, self.sifted = pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
        self.shown = Screenful()
        self.sent = ""

    def show(self, update: LayoutUpdate | ChopsUpdate) -> str:
        pyte.Stream(self.whole).feed(update.render_segments(CONSOLE).replace("\n", ""))
        self.sent = self.shown.difference(update, CONSOLE)
        pyte.Stream(self.sifted).feed(self.sent)
        return self.sent

    def same(self) -> bool:
        return all(self.whole.buffer[y][x] == self.sifted.buffer[y][x] for y in range(HEIGHT) for x in range(WIDTH))


def strip_of(text: str, style: Style | None = None) -> Strip:
    return Strip([Segment(text, style)], len(text))


def lines_of(*lines: list[Strip]) -> LayoutUpdate:
    return LayoutUpdate(list(lines), Region(0, 0, WIDTH, HEIGHT))


pieces = st.tuples(
    st.sampled_from(["abcd", "abxd", "aé─d", "    ", "a東d", "zzzz", "ab", "cd"]), st.sampled_from(STYLES)
)


@st.composite
def rows(draw: st.DrawFn) -> list[tuple[int, Strip]]:
    """One line of the screen, cut anywhere, each part of one or more segments: [(column, strip)]."""
    segments: list[Segment] = []
    room = WIDTH
    while room:
        text, style = draw(pieces)
        segment = Segment(text, style)
        if segment.cell_length > room:
            segment = Segment(" " * room, style)
        segments.append(segment)
        room -= segment.cell_length
    whole = Strip(segments, WIDTH)
    borders, at = [], 0
    for segment in segments:
        at += segment.cell_length
        if at == WIDTH or draw(st.booleans()):
            borders.append(at)
    return list(zip([0, *borders[:-1]], whole.divide(borders), strict=True))


@st.composite
def updates(draw: st.DrawFn) -> LayoutUpdate | ChopsUpdate:
    lines = [draw(rows()) for _ in range(HEIGHT)]
    if draw(st.integers(0, 3)) == 0:
        return lines_of(*([strip for _, strip in line] for line in lines))
    spans = [(y, 0, WIDTH) for y in range(HEIGHT) if draw(st.booleans())] or [(0, 0, WIDTH)]
    chops = [dict(line) for line in lines]
    ends = [[x + strip.cell_length for x, strip in line] for line in lines]
    return ChopsUpdate(chops, spans, ends)


@settings(max_examples=100, deadline=None)
@given(st.lists(updates(), min_size=1, max_size=8))
def test_sifted_and_whole_frames_lead_to_the_same_screen(frames: list[LayoutUpdate | ChopsUpdate]) -> None:
    glass = Glass()
    glass.show(lines_of(*([strip_of(" " * WIDTH)] for _ in range(HEIGHT))))
    for frame in frames:
        glass.show(frame)
        assert glass.same(), "\n".join([*glass.whole.display, "--", *glass.sifted.display, repr(glass.sent)])


def test_an_unchanged_frame_sends_nothing() -> None:
    glass = Glass()
    frame = lines_of(*([strip_of("x" * WIDTH, STYLES[1])] for _ in range(HEIGHT)))
    again = lines_of(*([strip_of("x" * WIDTH, STYLES[1])] for _ in range(HEIGHT)))
    assert glass.show(frame)
    assert glass.show(frame) == ""
    assert glass.show(again) == ""


def test_one_changed_cell_costs_a_few_bytes_wherever_it_stands() -> None:
    glass = Glass()
    for column in range(WIDTH):
        text = "".join("#" if x == column else "." for x in range(WIDTH))
        glass.show(lines_of([strip_of("." * WIDTH)], [], []))
        assert glass.show(lines_of([strip_of(text)], [], [])) == f"\x1b[1;{column + 1}H#"
        assert glass.same()


def test_a_changed_colour_is_a_change() -> None:
    glass = Glass()
    glass.show(lines_of([strip_of("calm".ljust(WIDTH), STYLES[0])], [], []))
    assert "31m" in glass.show(lines_of([strip_of("calm".ljust(WIDTH), STYLES[1])], [], []))


def test_forgetting_and_another_size_send_everything() -> None:
    glass = Glass()
    frame = lines_of([strip_of("x" * WIDTH)], [], [])
    first = glass.show(frame)
    assert glass.show(frame) == ""
    glass.shown.forget()
    assert glass.show(frame) == first
    assert glass.shown.difference(LayoutUpdate([[strip_of("x" * WIDTH)]], Region(0, 0, WIDTH, 1)), CONSOLE) == first


def test_what_lies_right_of_a_doubtful_width_is_sent_again() -> None:
    glass = Glass()
    right = strip_of("right" * 2)
    glass.show(lines_of([Strip([Segment("wide 東 ")]), right], [], []))
    assert "right" in glass.show(lines_of([Strip([Segment("wide 京 ")]), right], [], []))
    assert glass.show(lines_of([Strip([Segment("wide 京 ")]), right], [], [])) == ""


def test_a_frame_that_is_refused_changes_nothing() -> None:
    shown = Screenful()
    late = True
    frame = lines_of([strip_of("x" * WIDTH)], [], [])
    assert Sifted(frame, shown, lambda: late).render_segments(CONSOLE) == ""
    late = False
    assert "x" * WIDTH in Sifted(frame, shown, lambda: late).render_segments(CONSOLE)


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_hostile_passes_whatever_a_pane_draws(text: str) -> None:
    strip = Strip([Segment("ok "), Segment(text, STYLES[1]), Segment(" ok")])
    sent = Screenful().difference(lines_of([strip], [], []), CONSOLE)
    assert violations(sent.encode()) == []
    assert "ok " in sent
