"""From YAML and environment to values of known settings, with every problem on the way."""

import difflib
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import yaml

from engine.config.durations import is_duration, parsed
from engine.config.fields import Field, walk
from engine.config.problems import Problem

# Sections of the wire whose rooms come later: told, and left alone.
LATER: Final = ("engine", "notify", "models", "predict", "playbooks", "server", "sources", "tickets", "silences")


class Reading:
    """Values by the dotted name of their setting, each with its origin; later ones win."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        self.values: dict[str, tuple[Any, str]] = {}
        self.problems: list[Problem] = []
        self._fields = {field.name: field for field in walk(kind)}
        self._sections = {
            ".".join(field.path[:n]) for field in self._fields.values() for n in range(1, len(field.path))
        }
        self._file = ""

    def take_file(self, file: str, text: str) -> None:
        self._file = file
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            self._problem(line, "", f"not YAML: {error.problem}", "look at the indentation, quotes and colons there")
            return
        except yaml.YAMLError as error:
            self._problem(0, "", f"not YAML: {error}", "write plain text in UTF-8")
            return
        if node is not None:
            self._section(node, "")

    def take_environment(self, environment: Mapping[str, str], prefix: str) -> None:
        for variable, text in sorted(environment.items()):
            if not variable.startswith(prefix):
                continue
            name = variable.removeprefix(prefix).replace("__", ".").lower()
            self._file = variable
            if name not in self._fields:
                self._problem(0, "", "there is no such setting", self._near(name, self._fields))
                continue
            try:
                value = yaml.safe_load(text)
            except yaml.YAMLError:
                value = text
            self._set(self._fields[name], value, 0, variable)

    def nested(self) -> dict[str, Any]:
        """The values as the structure that holds the settings has them."""
        tree: dict[str, Any] = {}
        for name, (value, _) in self.values.items():
            *outer, last = name.split(".")
            place = tree
            for part in outer:
                place = place.setdefault(part, {})
            place[last] = value
        return tree

    def _section(self, node: yaml.Node, outer: str) -> None:
        if not isinstance(node, yaml.MappingNode):
            if outer and _is_null(node):
                return  # a section whose settings are all commented out
            self._problem(_line(node), outer, "names and values belong here", "write `name: value` lines")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = f"{outer}.{key.value}" if outer else str(key.value)
            if name in seen:
                self._problem(_line(key), name, "is there twice", "keep one of them")
            seen.add(name)
            self._entry(name, key, value)

    def _entry(self, name: str, key: yaml.Node, value: yaml.Node) -> None:
        if name in self._sections:
            self._section(value, name)
        elif name in self._fields:
            field = self._fields[name]
            self._set(field, _plain(value), _line(value), f"{self._file}:{_line(value)}")
        elif name in LATER:
            self._problem(_line(key), name, "has no effect in this version", "it may stay", grave=False)
        else:
            inside = [known for known in (*self._fields, *self._sections) if known.count(".") == name.count(".")]
            self._problem(_line(key), name, "there is no such setting", self._near(name, inside))

    def _set(self, field: Field, value: Any, line: int, origin: str) -> None:
        if is_duration(field):
            micros = parsed(value) if isinstance(value, str) else 0 if value == 0 else None
            if micros is None:
                self._problem(line, field.name, f"`{value}` is not a length of time", "write it such as 90s, 15m or 2h")
                return
            value = micros
        try:
            self.values[field.name] = (msgspec.convert(value, field.kind), origin)
        except msgspec.ValidationError as error:
            self._problem(
                line, field.name, f"{error}", f"write it such as {msgspec.json.encode(field.default).decode()}"
            )

    def _problem(self, line: int, name: str, text: str, remedy: str, *, grave: bool = True) -> None:
        self.problems.append(Problem(self._file, line, name, text, remedy, grave))

    @staticmethod
    def _near(name: str, known: Any) -> str:
        near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
        return f"did you mean `{near[0]}`?" if near else "take it away, or see `noc config show` for what there is"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _plain(node: yaml.Node) -> Any:
    """The value of a node as plain data; a value YAML cannot make stays its text."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, ValueError):
        return getattr(node, "value", None)
    finally:
        loader.dispose()
