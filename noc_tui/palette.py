"""The command palette: the registry's actions, found by name or by what they do, and each theme."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon
from textual.content import Content
from textual.widgets import Input

from noc_tui import saved
from noc_tui.actions import ACTIONS
from noc_tui.keymap import Keymap

TOLD: Final = 0.01  # the score of what only its explanation names: below every name


class ActionProvider(Provider):
    """Checks of danger and need live in the action, so running one from here is as safe as its key."""

    def _entries(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        keymap = getattr(self.app, "keymap", None) or Keymap()
        perform = getattr(self.screen, "perform", None)
        if perform is None:
            return
        for action in ACTIONS:
            if action.group != "Move" or action.label:
                keys = ", ".join(keymap.signs(action))
                yield action.title, f"{keys}   {action.help}", partial(perform, action.name)
        choose = getattr(self.app, "choose_theme", None)
        if choose is not None:
            for name in sorted(self.app.available_themes):
                yield f"Theme: {name}", "Show the console in these colours.", partial(choose, name)

    def _views(self, words: str) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """`view NAME` opens a saved view, `view save NAME` keeps the filter of now, `view remove NAME` forgets one."""
        deeds = getattr(self.screen, "deeds", None)
        if deeds is None:
            return
        verb, _, name = words.removeprefix("view").strip().partition(" ")
        name = name.strip()
        if verb == "save" and name:
            yield (
                f"view save {name}",
                "Keep the filter and order of this list under that name.",
                partial(deeds.save_view, name),
            )
            return
        for known, view in saved.load().items():
            if verb == "remove" and known.startswith(name):
                yield f"view remove {known}", f"Forget it: {view.where}", partial(deeds.remove_view, known)
            elif verb not in ("save", "remove") and known.startswith(verb):
                yield f"view {known}", f"{view.pane}: {view.where or 'everything'}", partial(deeds.open_view, known)

    async def discover(self) -> Hits:
        for title, told, run in self._views(""):
            yield DiscoveryHit(title, run, help=told)
        for title, told, run in self._entries():
            yield DiscoveryHit(title, run, help=told)

    async def search(self, query: str) -> Hits:
        travel = getattr(self.app, "travel", None)
        if query.startswith("at ") and travel is not None:
            told = "Show everything as it was known then: 02:30, -2h, 2026-01-05 02:31."
            yield Hit(1.0, Content(query), partial(travel.go, query[3:]), help=told)
            return
        trial = getattr(self.app, "run_trial", None)
        if query.startswith("backtest ") and trial is not None:
            told = "What that would have made of the history: alerts.expire_after=30m --over 24h."
            yield Hit(1.0, Content(query), partial(trial, query.removeprefix("backtest ")), help=told)
            return
        if query.startswith("view"):
            for title, told, run in self._views(query):
                yield Hit(1.0, Content(title), run, help=told)
            return
        matcher = self.matcher(query)
        words = query.casefold().split()
        for title, told, run in self._entries():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, Content(title) if not query else matcher.highlight(title), run, help=told)
            elif words and all(word in told.casefold() for word in words):  # people seldom know what we call it
                yield Hit(TOLD, Content(title), run, help=told)


class Palette(CommandPalette):
    """Textual's palette without a blinking cursor, which would cost kilobytes a second, and without its wide sign."""

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.query_one(SearchIcon).icon = ":"
