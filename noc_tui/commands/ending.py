"""How a command ends: exceptions that carry an exit code, and the words for those that others raise."""

import os
import sys
import traceback

import click

from noc_tui.commands import places

NO, BAD_INPUT, UNAVAILABLE, INTERRUPTED = 1, 2, 3, 130


class AnswerIsNo(click.ClickException):
    """It ran, and the answer is no."""

    exit_code = NO


class BadInput(click.ClickException):
    """What was given cannot be used."""

    exit_code = BAD_INPUT


class Unavailable(click.ClickException):
    """Something needed is not there."""

    exit_code = UNAVAILABLE


def ending_of(error: BaseException) -> tuple[int, str] | None:
    """(exit code, words for standard error) of a foreseen error, None for one that nobody foresaw."""
    if isinstance(error, click.UsageError):
        return BAD_INPUT, _usage(error)
    if isinstance(error, click.ClickException):
        return error.exit_code, f"noc: {error.format_message()}"
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return INTERRUPTED, ""
    if isinstance(error, (PermissionError, FileNotFoundError, IsADirectoryError, NotADirectoryError)):
        return BAD_INPUT, f"noc: {error.strerror}: {error.filename}"
    from data.store import StoreBroken, StoreBusy, StoreFull  # only once something went wrong

    if isinstance(error, (StoreBroken, StoreBusy, StoreFull)):
        return UNAVAILABLE, f"noc: {error}"
    from engine.link import CannotAttach

    if isinstance(error, CannotAttach):
        return UNAVAILABLE, f"noc: {error}"
    if isinstance(error, OSError):  # no space, input/output error, ...
        return UNAVAILABLE, f"noc: {error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    return None


def _usage(error: click.UsageError) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    lines = [f"noc: {error.format_message()}"]
    if error.ctx is not None:
        lines.append(f"Help: {error.ctx.command_path} --help")
    return "\n".join(lines)


def record(error: BaseException) -> str:
    """Write the traceback to the log file; give the hint that ends the one line on the screen."""
    try:
        path = places.log_file()
        places.private_folder(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8") as log:
            log.write(f"noc {' '.join(sys.argv[1:])}\n")
            log.write("".join(traceback.format_exception(error)))
    except OSError:
        return " (set NOC_DEBUG=1 for details)"
    return f" (details in {path})"


def hush_output() -> None:
    """After a broken pipe: let the interpreter's last flush go nowhere instead of complaining."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
