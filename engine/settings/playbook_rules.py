"""What must hold of the settings of playbooks: programs that can be run, hosts that can be called."""

import re
from pathlib import Path

from engine.settings.playbooks import Program
from engine.settings.reading import Reading
from engine.settings.sections import Config


def check_playbooks(reading: Reading, config: Config) -> None:
    """Tells in `reading` what is wrong; the playbooks themselves are checked by `noc playbook check`."""
    programs: list[tuple[str, Program]] = reading.elements.get("playbooks.programs", [])
    seen: set[str] = set()
    for key, program in programs:
        if program.name in seen:
            reading.at(f"{key}.name", f"a second program called '{program.name}'", "give it another name")
        seen.add(program.name)
        if not Path(program.path).is_absolute():
            text = f"'{program.path}' is no absolute path, so it is not sure which program is meant"
            reading.at(f"{key}.path", text, "write it from / on")
        for place, pattern in enumerate(program.arguments):
            try:
                re.compile(pattern)
            except re.error as error:
                reading.at(f"{key}.arguments[{place}]", f"'{pattern}' is no regular expression: {error}", "correct it")
    folder = config.playbooks.folder
    if folder and not Path(folder).expanduser().is_dir():
        reading.at("playbooks.folder", f"there is no folder '{folder}'", "make it, or leave the setting out")
