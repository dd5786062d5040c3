"""Settings of playbooks: what may act by itself, and what may be reached outside."""

from typing import Annotated

import msgspec

from engine.settings.meta import about


class Program(msgspec.Struct, frozen=True):
    """One program that playbooks may run. Nothing else is run, and nothing through a shell."""

    name: Annotated[str, about("what playbooks call it")]
    path: Annotated[str, about("its absolute path")]
    arguments: Annotated[
        tuple[str, ...],
        about("a regular expression for each argument, which has to match it whole; more arguments are refused"),
    ] = ()


class PlaybookSettings(msgspec.Struct, frozen=True):
    enabled: Annotated[bool, about("off: no playbook proposes or does anything")] = True
    auto: Annotated[bool, about("those that are written to act by themselves do; off: they propose")] = False
    shipped: Annotated[bool, about("use the playbooks that come with noc")] = True
    folder: Annotated[str, about("folder with your own, *.yaml; one replaces a shipped one by its name")] = ""
    off: Annotated[tuple[str, ...], about("names of playbooks that are not used")] = ()
    per_hour: Annotated[int, about("runs of all playbooks in an hour, at most; more are held back", least=1)] = 120
    allow: Annotated[tuple[str, ...], about("hosts that http_request may call, `*` for any part")] = ()
    programs: Annotated[
        tuple[Program, ...],
        about(
            "programs that run_command may run; none: it is off",
            example="- {name: restart, path: /usr/local/bin/restart-camera, arguments: ['[A-Z0-9-]{1,20}']}",
        ),
    ] = ()
    calls: Annotated[str, about("address of the telephone gateway that makes verification calls; empty: none")] = ""
