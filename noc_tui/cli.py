"""The one program `noc`: which commands there are, and how every run ends.

Commands are loaded when they are asked for: `noc --help` and `noc export` never import the screen's toolkit.
Exit codes (WIRE.md §4): 0 done, 1 the answer is no, 2 bad usage or input, 3 a needed thing is unavailable; 130 after
Ctrl-C.
"""

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import click

from noc_tui.commands import values
from noc_tui.commands.ending import UNAVAILABLE, ending_of, hush_output, record

# word -> (module in noc_tui.commands, what it does); in the order in which they are shown.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "The console over a living, simulated operation."),
    "wall": ("wall", "The screen on the wall: pages that turn by themselves."),
    "engine": ("engine", "The engine without a screen: takes events in, serves consoles and programs."),
    "token": ("token", "Who may use the server: create, list, rotate, revoke."),
    "audit": ("audit", "Who did what: list it, and verify that nothing of it was changed."),
    "person": ("person", "Personal data: all that is held about a person, and their erasure."),
    "source": ("source", "Show what a message of another system becomes."),
    "replay": ("replay", "Feed recordings through the whole engine and report."),
    "simulate": ("simulate", "Write a recording of a simulated operation, and what was planted in it."),
    "detect": ("detect", "Score series of numbers in CSV files, row by row."),
    "export": ("export", "Print rows: events, alerts, incidents, findings and more."),
    "feed": ("feed", "Search what the engine told in 90 days."),
    "ask": ("ask", "A question in plain words, answered from what is recorded."),
    "train": ("train", "Train a model on the history in the database."),
    "models": ("models", "Versions of models: list, drift, rollback."),
    "backtest": ("backtest", "How good a model would have been; what other settings would have made of the history."),
    "predictions": ("predictions", "Whether what was foreseen came true, how early it was said, what was prevented."),
    "explain": ("explain", "Tell why: of an alert, cluster, incident, finding, anomaly or event."),
    "silence": ("silence", "Hide what matches for a while: add, list, expire, preview."),
    "maintenance": ("maintenance", "Windows of planned work: add, list, end."),
    "telemetry": ("telemetry", "What people and sites do, and what of it is tied to alerts."),
    "baseline": ("baseline", "What is usual at a site, and how far from it is a finding: show, simulate, set."),
    "playbook": ("playbook", "What is done about things: list, check, test, run, approve, reject, runs."),
    "notify": ("notify", "Who is told outside: test a receiver, the delivery log, try again."),
    "views": ("views", "Saved views: filters with a name, for console and command line."),
    "report": ("report", "Reports: the shift's handover, digest, service, noise, attendance, an incident."),
    "scorecard": ("scorecard", "The seven things that are not negotiable, judged each day for each client."),
    "jobs": ("jobs", "What the engine does by the clock: last run, next run."),
    "oncall": ("oncall", "Who is on call, holes in the schedules, calendars in and out."),
    "db": ("db", "Database: upgrade, check, backup, restore."),
    "config": ("config", "Configuration: init, check, show."),
    "doctor": ("doctor", "Find what is wrong with this installation."),
}


class Program(click.Group):
    """Looks a command up by its word and imports only its module."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"noc_tui.commands.{COMMANDS[cmd_name][0]}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word not in COMMANDS and not word.startswith("-"):
            import difflib  # only who mistypes pays for it

            near = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.5)
            hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command `{word}`. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(word, text) for word, (_, text) in COMMANDS.items()])


@click.command(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--db", metavar="URL", type=values.url, help="Database; default: SQLite in the user's data folder.")
@click.option("--config", metavar="FILE", help="Configuration; default: config.yaml in the user's config folder.")
@click.option("--theme", metavar="NAME", help="Colours of the console.")
@click.option("--read-only", is_flag=True, help="Look on; change nothing.")
@click.option("--connect", metavar="URL", help="Attach to the engine that serves there, instead of one of our own.")
@click.option("--token-file", metavar="FILE", help="File with the token for --connect; default: $NOC_TOKEN.")
@click.option("--tenant", metavar="NAME", help="With --connect: the tenant, where the token is for several.")
@click.option(
    "--at", metavar="TIME", help="Show what was known at that moment: -2h, 02:30 or RFC 3339; changes nothing."
)
@click.option("--version", is_flag=True, help="Print the version and end.")
@click.pass_context
def program(
    ctx: click.Context,
    db: str | None,
    config: str | None,
    theme: str | None,
    read_only: bool,
    connect: str | None,
    token_file: str | None,
    tenant: str | None,
    at: str | None,
    version: bool,
) -> int | None:
    """The operations console for people who watch through the night, and the engine beneath it.

    Without a command: the console over an engine of its own. Options stand after the command word.
    """
    if version:
        from importlib import metadata

        click.echo(f"noc {metadata.version('noc')}")
        ctx.exit(0)
    if ctx.invoked_subcommand is not None:
        _refuse_early_options(ctx)
        return None
    from noc_tui.commands import console

    if connect:
        if db:
            raise click.UsageError("--connect and --db exclude each other", ctx)
        return console.attach(connect, token_file, tenant, config=config, theme=theme, read_only=read_only, at=at)
    return console.run(db=db, config=config, theme=theme, read_only=read_only, at=at)


def _refuse_early_options(ctx: click.Context) -> None:
    """`noc --db URL export` would read as if the option reached `export`; it does not, so say where it belongs."""
    for name, value in ctx.params.items():
        if value:
            option = "--" + name.replace("_", "-")
            raise click.UsageError(
                f"Options stand after the command word: noc {ctx.invoked_subcommand} ... {option}", ctx
            )


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code. Never raises, except with NOC_DEBUG set."""
    words = list(sys.argv[1:] if args is None else args)
    if args is None:
        _end_cleanly_on(signal.SIGTERM, signal.SIGHUP)
    try:
        result = _run(words)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except BrokenPipeError:
        hush_output()  # the reader of our output has all it wanted
        return 0
    except (Exception, KeyboardInterrupt, click.Abort) as error:
        known = ending_of(error)
        if known is None:
            if os.environ.get("NOC_DEBUG"):
                raise
            click.echo(f"noc: {type(error).__name__}: {error}{record(error)}", err=True)
            return UNAVAILABLE
        code, text = known
        if text:
            click.echo(text, err=True)
        return code


def _run(words: list[str]) -> Any:
    """What `click.Command.main` does, without its own idea of how Ctrl-C and a closed pipe end a program."""
    if os.environ.get("_NOC_COMPLETE"):  # the shell asks how a word may go on
        return program.main(words, prog_name="noc", standalone_mode=False)
    with program.make_context("noc", words) as context:
        return program.invoke(context)


def _end_cleanly_on(*signals: signal.Signals) -> None:
    """A signal unwinds the command, so that a half-written file is taken away; one that is ignored stays so (nohup)."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in signals:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


if __name__ == "__main__":
    sys.exit(main())
