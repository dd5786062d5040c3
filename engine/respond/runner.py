"""Carries out the steps of playbooks that leave the engine: web requests, calls by a telephone gateway, programs.

A step is an intent that was committed before; what came of it goes back as a journalled entry. An intent that is found
at the start was being carried out when the engine died: if doing it twice is the same as once it is done again under
its key, otherwise its fate is unknown and a person has to say.
"""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from data.own import STEP_OUTCOME, StepOutcome
from data.records.run import OPEN, Run, Step
from data.times import SECOND
from data.wire import Event, own_entry
from engine.respond.actions.specs import HttpRequest, RunCommand, VerificationCall, repeatable, typed
from engine.respond.addresses import Refused
from engine.respond.web import Web
from engine.settings import Config

OUTPUT = 8 << 10  # bytes of a program's output that are kept
LONGEST = 1_000  # letters of an argument
ABREAST = 8  # steps that are carried out at the same time

Enter = Callable[[Callable[[], Event]], Awaitable[None]]
UNCLEAR = (502, 504)  # answers of somebody in between, who does not know either


class Result(NamedTuple):
    """`sure`: what is not good has certainly not been done."""

    good: bool
    text: str
    evidence: dict[str, Any] = {}  # noqa: RUF012  nobody writes to it
    sure: bool = True


class Runner:
    """`enter` journals an entry of the engine's own; `now` gives event time of a tenant."""

    def __init__(self, config: Config, enter: Enter, now: Callable[[str], int], web: Web | None = None) -> None:
        self.config = config
        self.enter = enter
        self.now = now
        self.web = web or Web((*config.playbooks.allow, *config.notify.allow))
        self._room = asyncio.Semaphore(ABREAST)
        self._tasks: dict[tuple[int, int, int], asyncio.Task[None]] = {}

    def take(self, runs: Sequence[Run], *, found: bool = False) -> None:
        """Runs that were committed; `found`: at the start, so that their intents may have been carried out. What is
        being carried out for a run that was stopped ends."""
        for run in runs:
            if run.state not in OPEN:
                self._stop(run.number)
            step = run.steps[run.at] if run.at < len(run.steps) else None
            if step is None or step.state != "INTENT":
                continue
            key = (run.number, run.at, step.attempt)
            if key not in self._tasks:
                unsure = found and not repeatable(step.action, step.params)
                self._tasks[key] = asyncio.create_task(self._carry(run.tenant, key, step, unsure))

    def _stop(self, number: int) -> None:
        """Unless it is what has just ended the run."""
        for key, task in self._tasks.items():
            if key[0] == number and task is not asyncio.current_task():
                task.cancel()

    async def settle(self) -> None:
        """Waits for what is being carried out."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self.web.close()

    async def _carry(self, tenant: str, key: tuple[int, int, int], step: Step, unsure: bool) -> None:
        try:
            if unsure:
                told = _outcome(key, "UNKNOWN", "the engine stopped while it was carried out", {})
            else:
                async with self._room:
                    came = await self._done(step)
                told = _outcome(key, "DONE" if came.good else "FAILED", came.text[:500], came.evidence, came.sure)
            await self.enter(lambda: own_entry(STEP_OUTCOME, tenant, self.now(tenant), told, f"/{key}"))
        finally:
            self._tasks.pop(key, None)

    async def _done(self, step: Step) -> Result:
        ways: dict[str, Callable[[Step], Awaitable[Result]]] = {
            "http_request": self._request, "verification_call": self._call, "run_command": self._run,
        }  # fmt: skip
        try:
            async with asyncio.timeout(step.timeout / SECOND):
                return await ways[step.action](step)
        except TimeoutError:
            return Result(False, f"no answer within {step.timeout // SECOND} s", sure=False)
        except Exception as error:  # whatever goes wrong outside, the engine goes on
            return Result(False, str(error) or type(error).__name__, sure=isinstance(error, (Refused, OSError)))

    async def _request(self, step: Step) -> Result:
        """The answer's body is never kept: it could be anything."""
        given: HttpRequest = typed(step.action, step.params)
        headers = {name.lower(): value for name, value in given.headers.items()}
        if any("\n" in text or "\r" in text for pair in headers.items() for text in pair):
            return Result(False, "a header holds a line break")
        headers["idempotency-key"] = step.key
        reply = await self.web.call(given.method, given.url, given.body.encode(), headers, step.timeout / SECOND)
        good = reply.status in given.expect if given.expect else 200 <= reply.status < 300
        evidence = {"status": reply.status, "bytes": len(reply.body)}
        return Result(good, f"HTTP {reply.status}", evidence, reply.status not in UNCLEAR)

    async def _call(self, step: Step) -> Result:
        """The gateway calls, and answers with what the person said."""
        given: VerificationCall = typed(step.action, step.params)
        url = self.config.playbooks.calls
        if not url:
            return Result(False, "there is no telephone gateway: playbooks.calls")
        body = msgspec.json.encode({"id": step.key, "person": given.person, "script": given.script,
                                    "language": given.language})  # fmt: skip
        headers = {"content-type": "application/json", "idempotency-key": step.key}
        reply = await self.web.call("POST", url, body, headers, step.timeout / SECOND)
        if reply.status != 200:
            return Result(False, f"the gateway answers HTTP {reply.status}", sure=reply.status not in UNCLEAR)
        said = msgspec.json.decode(reply.body)
        answer = str(said.get("answer", "NONE")) if isinstance(said, dict) else "NONE"
        return Result(answer == "CONFIRMED", f"the person answers {answer[:40]}", {"answer": answer[:40]})

    async def _run(self, step: Step) -> Result:
        given: RunCommand = typed(step.action, step.params)
        program = next((one for one in self.config.playbooks.programs if one.name == given.program), None)
        if program is None:
            return Result(False, f"the program '{given.program}' may not be run")
        wrong = refused(given.arguments, program.arguments)
        if wrong is not None:
            return Result(False, wrong)
        return await execute(program.path, given.arguments)


def _outcome(
    key: tuple[int, int, int], state: Literal["DONE", "FAILED", "UNKNOWN"], text: str, evidence: dict[str, Any],
    sure: bool = True,
) -> StepOutcome:  # fmt: skip
    run, step, attempt = key
    return StepOutcome(run=run, step=step, attempt=attempt, state=state, text=text, evidence=evidence, sure=sure)


def refused(arguments: Sequence[str], patterns: Sequence[str]) -> str | None:
    """Why these arguments are not taken; None if they are. One that looks like an option never is, nor one with
    control characters; `\\d` and `\\w` mean ASCII."""
    if len(arguments) != len(patterns):
        return f"it takes {len(patterns)} arguments, and {len(arguments)} are given"
    for place, (text, pattern) in enumerate(zip(arguments, patterns, strict=True), 1):
        if (
            len(text) > LONGEST
            or text.startswith("-")
            or not text.isprintable()
            or re.fullmatch(pattern, text, re.ASCII) is None
        ):
            return f"argument {place} is not one that it takes"
    return None


async def execute(path: str, arguments: Sequence[str]) -> Result:
    """Runs a program by its absolute path, without a shell, environment, input or anybody else's files. A time-out or
    the end of the engine ends its whole group. Its output is read to the end, but only its beginning is kept."""
    if not Path(path).is_absolute() or not os.access(path, os.X_OK):
        return Result(False, "its path is not that of a program")
    process = await _started(path, arguments)
    assert process.stdout is not None
    kept = bytearray()
    try:
        while piece := await process.stdout.read(4096):
            kept += piece[: max(0, OUTPUT - len(kept))]
        code = await process.wait()
    except BaseException:
        await _ended(process)
        raise
    text = kept.decode("utf-8", "replace")
    return Result(code == 0, f"ended with code {code}", {"output": _shown(text)})


async def _started(path: str, arguments: Sequence[str]) -> asyncio.subprocess.Process:
    """A time-out that comes while it starts ends its group too: it may have children by then."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            path, "--", *arguments, env={}, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, start_new_session=True, close_fds=True, cwd="/",
        )
    )  # fmt: skip
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _ended(await starting)
        raise


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _shown(text: str) -> str:
    """Nothing a terminal would interpret."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)
