"""The configuration as people read it: rows with origins, a commented file to begin with, a JSON schema for editors."""

import re
from typing import Any

import msgspec

from data.times import SECOND
from engine.query.durations import write_duration
from engine.settings import shapes
from engine.settings.sections import Config
from engine.settings.shapes import Shape

_PASSWORD = re.compile(r"(://[^/@:]*):[^/@]*@")
_PATH = re.compile(r"(://[^/?#]+).*")


class Row(msgspec.Struct, frozen=True):
    """One setting as it stands: full name, value as it would be written, where that came from, what it means."""

    key: str
    value: Any
    origin: str
    doc: str

    @property
    def name(self) -> str:
        return self.key


def rows_of(config: Config) -> list[Row]:
    """Every setting in order. Lists of sections have a row per value that is no default; secrets are covered."""
    found: list[Row] = []
    add(found, shapes.root(), config, "", config.origins)
    return found


def add(found: list[Row], shape: Shape, section: Any, outer: str, origins: dict[str, str]) -> None:
    for name, inner in shape.fields.items():
        key = f"{outer}.{name}" if outer else name
        value = getattr(section, name)
        if inner.kind == shapes.SECTION:
            add(found, inner, value, key, origins)
        elif inner.kind == shapes.LIST and inner.item is not None and inner.item.kind == shapes.SECTION and value:
            for number, one in enumerate(value):
                add(found, inner.item, one, f"{key}[{number}]", origins)
        elif "[" not in outer or key in origins or inner.required:
            found.append(Row(key, shown(inner, value), origins.get(key, "default"), inner.doc))


def shown(shape: Shape, value: Any) -> Any:
    """As it would be written, with passwords and secret addresses covered."""
    if shape.kind == shapes.LENGTH:
        return write_duration(value)
    if shape.kind == shapes.SETTINGS:
        return {key: shown(inner, one) for key, one in value.items() if (inner := shapes.find(key)) is not None}
    if shape.kind == shapes.MAP and shape.item is not None:
        return {name: shown(shape.item, one) for name, one in value.items()}
    if shape.kind == shapes.QUANTITY:
        return write_duration(int(value)) if value >= SECOND else value
    cover = shape.extra.get("cover")
    if cover and isinstance(value, str):
        value = _PASSWORD.sub(r"\1:***@", value)
        return _PATH.sub(r"\1/***", value) if cover == "path" else value
    return list(value) if isinstance(value, tuple) else value


def template() -> str:
    """A file with every setting, each commented out at its default and explained: taking away a `#` changes one."""
    lines = [
        "# Settings of noc. Sections are empty: everything has the default that stands behind each `#`.",
        "# Lengths of time are written 90s, 15m, 2h or 3d. `noc config check` says what is wrong, and where.",
        "# Files in conf.d beside this one are read after it; NOC__ALERTS__EXPIRE_AFTER=20m in the environment wins.",
    ]
    for name, shape in shapes.root().fields.items():
        lines += ["", f"# {capital(shape.doc)}."]
        if shape.kind == shapes.SECTION:
            lines.append(f"{name}:")
            for inner_name, inner in shape.fields.items():
                lines += entry(inner_name, inner, "  ")
        else:
            lines += entry(name, shape, "")[1:]
    return "\n".join(lines) + "\n"


def entry(name: str, shape: Shape, indent: str) -> list[str]:
    lines = [f"{indent}# {shape.doc}{bounds(shape)}"]
    example = str(shape.extra.get("example", ""))
    if example.startswith("- "):
        return [*lines, f"{indent}#{name}:", *(f"{indent}#  {line}" for line in example.splitlines())]
    return [*lines, f"{indent}#{name}: {example or written(shape)}"]


def written(shape: Shape) -> str:
    if shape.kind == shapes.LENGTH:
        return write_duration(shape.default)
    if shape.kind == shapes.CHOICE:
        return str(shape.default) if not str(shape.default).isdigit() else f'"{shape.default}"'
    if shape.kind == shapes.SECTION:
        return f"{{{', '.join(f'{name}: {written(inner)}' for name, inner in shape.fields.items())}}}"
    return msgspec.json.encode(shape.default).decode()


def bounds(shape: Shape) -> str:
    if shape.kind == shapes.CHOICE:
        return f" ({', '.join(shape.choices)})"
    say = write_duration if shape.kind == shapes.LENGTH else str
    least, most = shape.least, shape.most
    if most is None:
        return f" (at least {say(least)})" if least else ""
    return f" ({say(least)} to {say(most)})" if least is not None else f" (at most {say(most)})"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def json_schema() -> dict[str, Any]:
    """A JSON Schema (2020-12) of the file, for editors that check and complete while one writes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of noc",
        **schema_of(shapes.root()),
    }


_TYPES = {shapes.INTEGER: "integer", shapes.NUMBER: "number", shapes.FLAG: "boolean", shapes.TEXT: "string"}
_LENGTH = {"type": ["string", "number"], "pattern": r"^([0-9]+(\.[0-9]+)?(us|ms|s|m|h|d|w))+$"}


def schema_of(shape: Shape) -> dict[str, Any]:
    if shape.kind == shapes.SECTION:
        found: dict[str, Any] = {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {name: schema_of(inner) for name, inner in shape.fields.items()},
        }
        if required := [name for name, inner in shape.fields.items() if inner.required]:
            found |= {"type": "object", "required": required}
    elif shape.kind == shapes.LIST:
        assert shape.item is not None
        found = {"type": "array", "items": schema_of(shape.item)}
    elif shape.kind == shapes.MAP:
        assert shape.item is not None
        found = {"type": "object", "additionalProperties": schema_of(shape.item)}
    elif shape.kind == shapes.SETTINGS:
        found = {"type": "object"}
    elif shape.kind == shapes.CHOICE:
        found = {"enum": list(shape.choices)}
    elif shape.kind in (shapes.LENGTH, shapes.QUANTITY):
        found = dict(_LENGTH)
    else:
        found = {"type": _TYPES[shape.kind]}
        found |= {
            word: limit for word, limit in (("minimum", shape.least), ("maximum", shape.most)) if limit is not None
        }
    if shape.doc:
        found["description"] = shape.doc
    if shape.kind not in (shapes.SECTION, shapes.LIST) and not shape.required and shape.default is not None:
        found["default"] = write_duration(shape.default) if shape.kind == shapes.LENGTH else shape.default
    return found
