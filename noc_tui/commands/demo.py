"""`noc demo`: a living, simulated operation with nothing configured."""

import click

from data import times
from noc_tui.commands import values
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.report import show_report
from noc_tui.commands.settings import settings
from noc_tui.commands.terminal import on_terminal, open_console, theme_wanted

UNSEEN = 20 * times.SECOND  # how long it runs where nobody can watch


@click.command("demo")
@click.option("--headless", is_flag=True, help="No screen: run, then print a report.")
@click.option("--for", "length", metavar="DURATION", type=values.duration, help="Stop after this long, such as 20s.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Another seed, another story.")
@click.option("--sites", type=click.IntRange(1, 10_000), default=12, show_default=True, help="Size of the operation.")
@click.option(
    "--speed", metavar="N", type=values.speed, default="60", show_default=True, help="Times faster than life, or max."
)
@click.option("--theme", metavar="NAME", help="Colours of the console.")
@as_json
@everywhere
def command(
    headless: bool,
    length: int | None,
    seed: int,
    sites: int,
    speed: float,
    theme: str | None,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> int | None:
    """The console over a living, simulated operation, with nothing configured.

    Where standard output is no terminal it behaves as `--headless --for 20s`. Without --db nothing is kept.
    """
    chosen = settings(config)
    if headless or as_json or not on_terminal():
        if not headless and not as_json:
            say("no terminal here: running without a screen" + ("" if length else " for 20 s"))
        from engine.run import demo_report

        report = demo_report(db, chosen, seed=seed, sites=sites, speed=speed, wall=length or UNSEEN)
        show_json(report) if as_json else show_report(report)
        return None
    from engine.run import demo

    link = demo(db, chosen, seed=seed, sites=sites, speed=speed)
    return open_console(link, chosen.console, theme=theme_wanted(theme, chosen), stop_after=length)
