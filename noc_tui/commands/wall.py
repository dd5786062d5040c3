"""`noc wall`: the screen on the wall."""

from typing import TYPE_CHECKING

import click
import msgspec

from data.times import SECOND
from noc_tui.commands import console
from noc_tui.commands.asking import author_of
from noc_tui.commands.ending import BadInput
from noc_tui.commands.options import everywhere
from noc_tui.commands.settings import database_of, settings
from noc_tui.commands.terminal import GLANCE, on_terminal, show

if TYPE_CHECKING:
    from engine.attach.remote import Remote
    from engine.embedded import Embedded
    from engine.settings.wall import WallSettings
    from noc_tui.terminal import Terminal
    from noc_tui.wall.app import WallApp


@click.command("wall")
@click.option("--page-seconds", metavar="N", type=click.FloatRange(2, 3600), help="How long a page stays.")
@click.option("--connect", metavar="URL", help="Attach to the engine that serves there.")
@click.option("--token-file", metavar="FILE", help="File with the token for --connect; default: $NOC_TOKEN.")
@click.option("--tenant", metavar="NAME", help="With --connect: the tenant, where the token is for several.")
@click.option("--theme", metavar="NAME", help="Colours, by day and by night.")
@everywhere
def command(
    page_seconds: float | None, connect: str | None, token_file: str | None, tenant: str | None, theme: str | None,
    db: str | None, config: str | None,
) -> int:  # fmt: skip
    """Pages that turn by themselves; what is new and CRITICAL comes first. Nothing can be changed from it; q leaves.

    Without --connect it looks on at the database, also beside an engine that runs on it.
    """
    if not on_terminal():
        raise BadInput("the wall needs a terminal, and standard output is none")
    if connect and db:
        raise click.UsageError("--connect and --db exclude each other")
    chosen = settings(config)
    wanted = chosen.wall
    if page_seconds is not None:
        wanted = msgspec.structs.replace(wanted, page_seconds=round(page_seconds * SECOND))
    if connect:
        from engine.attach.remote import Remote

        token, user = console.token_of(token_file), author_of(None)
        link = Remote(connect, token=token, user=user, tenant=tenant or "", read_only=True)
        return show(link, chosen.console, lambda terminal: _app(link, wanted, terminal, theme))
    from engine.run import embedded

    own = embedded(db or database_of(chosen), chosen, read_only=True)
    return show(own, chosen.console, lambda terminal: _app(own, wanted, terminal, theme))


def _app(link: "Embedded | Remote", wanted: "WallSettings", terminal: "Terminal", theme: str | None) -> "WallApp":
    from data.store import StoreBroken, StoreBusy
    from engine.link import CannotAttach
    from noc_tui.wall.app import WallApp

    class Wall(WallApp):
        """Starts looking after the first frame, and leaves where there is nothing to look at."""

        def on_ready(self) -> None:
            link.start()
            self.set_interval(GLANCE, self.glance)

        def glance(self) -> None:
            if isinstance(link.failure, (StoreBusy, StoreBroken, CannotAttach)):
                self.exit(0)

    app = Wall(link, wanted, ascii_only=terminal.found.ascii, theme=theme)
    if theme is not None and theme not in app.available_themes:
        raise BadInput(f"there is no theme `{theme}`; there are: {', '.join(sorted(app.shelf.loaded.palettes))}")
    return app
