"""The command palette: the registry's actions, found by name, and each theme."""

from collections.abc import Callable, Iterator
from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon
from textual.content import Content
from textual.widgets import Input

from noc_tui.actions import ACTIONS
from noc_tui.keymap import Keymap


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

    async def discover(self) -> Hits:
        for title, told, run in self._entries():
            yield DiscoveryHit(title, run, help=told)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, told, run in self._entries():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, Content(title) if not query else matcher.highlight(title), run, help=told)


class Palette(CommandPalette):
    """Textual's palette without a blinking cursor, which would cost kilobytes a second, and without its wide sign."""

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.query_one(SearchIcon).icon = ":"
