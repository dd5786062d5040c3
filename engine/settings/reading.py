"""From tree to settings, by their shapes. Every problem on the way is kept; nothing stops at the first."""

import re
from typing import Any, Final

import msgspec

from engine.query.durations import FORMS, parse_duration, write_duration
from engine.query.errors import choices, did_you_mean, nearest
from engine.settings import shapes
from engine.settings.problems import ERROR, WARNING, Problem
from engine.settings.shapes import Shape
from engine.settings.tree import Item, Listing, Mapping, Scalar

MISSING: Final = object()
_INTEGER = re.compile(r"[+-]?[0-9][0-9_]{0,17}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})([eE][+-]?[0-9]{1,2})?")
_YES, _NO = frozenset(("true", "yes", "on")), frozenset(("false", "no", "off"))


class Reading:
    """What has been read: values, where each stands, and what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.places: dict[str, tuple[str, int]] = {}  # key -> file, line
        self.origins: dict[str, str] = {}  # key -> the place in words, of what could be read
        self.elements: dict[str, list[tuple[str, Any]]] = {}  # key of a list -> its sections with their keys

    def error(self, item: Item, key: str, text: str, remedy: str) -> None:
        self.problems.append(Problem(item.file, item.line, ERROR, text, remedy, key))

    def at(self, key: str, text: str, remedy: str, severity: str = ERROR) -> None:
        """A problem of a setting that has been read, or of the section that lacks it."""
        place = self.places.get(key) or self.places.get(key.rpartition(".")[0]) or ("configuration", 0)
        self.problems.append(Problem(*place, severity, text, remedy, key))

    def warn(self, key: str, text: str, remedy: str) -> None:
        self.at(key, text, remedy, WARNING)

    def read(self, shape: Shape, item: Item, key: str) -> Any:
        """The value, or MISSING after telling why."""
        self.places[key] = (item.file, item.line)
        value = self.value(shape, item, key)
        if value is not MISSING:
            self.origins[key] = f"{item.file}:{item.line}" if item.line else item.file
        return value

    def value(self, shape: Shape, item: Item, key: str) -> Any:
        if shape.kind == shapes.SECTION:
            return self.section(shape, item, key)
        if shape.kind == shapes.LIST:
            return self.listing(shape, item, key)
        if shape.kind == shapes.MAP:
            return self.mapping(shape, item, key)
        if shape.kind == shapes.SETTINGS:
            return self.settings(item, key)
        if not isinstance(item, Scalar):
            self.error(item, key, "one value belongs here", f"write it such as {sample(shape)}")
            return MISSING
        return self.scalar(shape, item, key)

    def section(self, shape: Shape, item: Item, key: str) -> Any:
        if isinstance(item, Scalar) and item.null:
            item = Mapping({}, {}, item.file, item.line)  # every line of it is commented out
        if not isinstance(item, Mapping):
            self.error(item, key, "a section belongs here", "write `name: value` lines below it, indented")
            return MISSING
        values: dict[str, Any] = {}
        for name, inner in item.entries.items():
            known = shape.fields.get(name)
            full = f"{key}.{name}" if key else name
            if known is None:
                self.unknown(item.keys[name], full, name, shape)
            elif (value := self.read(known, inner, full)) is not MISSING:
                values[name] = value
        wanting = [name for name, field in shape.fields.items() if field.required and name not in item.entries]
        for name in wanting:
            self.error(item, key, f"'{name}' is missing", f"add `{name}:` ({shape.fields[name].doc})")
        if any(field.required and name not in values for name, field in shape.fields.items()):
            return MISSING
        assert shape.struct is not None
        return shape.struct(**values)

    def unknown(self, item: Scalar, key: str, name: str, shape: Shape) -> None:
        hint = did_you_mean(name, shape.fields)
        if not hint:
            moved = [full for full, _ in shapes.leaves(shapes.root()) if full.rpartition(".")[2] == name]
            hint = f"it belongs to {moved[0].rpartition('.')[0]}" if moved else f"known are {', '.join(shape.fields)}"
        self.error(item, key, "there is no such setting", hint)

    def listing(self, shape: Shape, item: Item, key: str) -> Any:
        assert shape.item is not None
        if isinstance(item, Scalar) and item.null:
            return ()
        if not isinstance(item, Listing):
            if shape.item.kind != shapes.SECTION and isinstance(item, Scalar):
                item = Listing([item], item.file, item.line)  # one name for a list of one
            else:
                self.error(item, key, "a list belongs here", "begin each entry with `- `")
                return MISSING
        values = []
        for number, inner in enumerate(item.items):
            full = f"{key}[{number}]"
            value = self.read(shape.item, inner, full)
            if value is not MISSING:
                values.append(value)
                self.elements.setdefault(key, []).append((full, value))
        return tuple(values)

    def mapping(self, shape: Shape, item: Item, key: str) -> Any:
        assert shape.item is not None
        if isinstance(item, Scalar) and item.null:
            return {}
        if not isinstance(item, Mapping):
            self.error(item, key, "names with values belong here", "write `name: value` lines below it, indented")
            return MISSING
        read = {name: self.read(shape.item, inner, f"{key}.{name}") for name, inner in item.entries.items()}
        return {name: value for name, value in read.items() if value is not MISSING}

    def settings(self, item: Item, key: str) -> Any:
        """Full names of settings with other values, as an override has them."""
        if not isinstance(item, Mapping) or not item.entries:
            self.error(item, key, "settings belong here", "write {attendance.geofence_m: 400} or the like")
            return MISSING
        values: dict[str, Any] = {}
        leaves = [name for name, _ in shapes.leaves(shapes.root())]
        may = [name for name in leaves if name.partition(".")[0] in OVERRIDABLE and name not in EVERYWHERE]
        may += BY_TENANT
        for name, inner in item.entries.items():
            shape = shapes.find(name)
            if shape is not None and name not in may:
                hint = f"only settings of {' and '.join(OVERRIDABLE)} can"
                self.error(item.keys[name], f"{key}.{name}", "cannot differ from place to place", hint)
            elif shape is None:
                section, _, last = name.partition(".")
                near = nearest(last, [one.partition(".")[2] for one in may if one.startswith(f"{section}.")])
                hint = f"did you mean '{section}.{near[0]}'?" if near else f"for example {may[0]}"
                self.error(item.keys[name], f"{key}.{name}", "there is no such setting", hint)
            elif (value := self.read(shape, inner, f"{key}.{name}")) is not MISSING:
                values[name] = value
        return values

    def scalar(self, shape: Shape, item: Scalar, key: str) -> Any:
        value = plain_value(shape, item)
        if value is MISSING:
            what, remedy = expected(shape, item.text)
            self.error(item, key, f"'{item.text[:60]}' is {what}", remedy)
            return MISSING
        least, most = shape.least, shape.most
        if (least is not None and value < least) or (most is not None and value > most):
            self.error(item, key, f"'{item.text[:60]}' is out of range", f"write {limits(shape)}")
            return MISSING
        return value


# What makes two reports the same alert must not change when the place of a thing becomes known; the budget of all sites
# together is that of no place.
EVERYWHERE: Final = ("alerts.fingerprint", "alerts.storm.per_partition")
BY_TENANT: Final = ("engine.tenant_rate",)  # where clients and sites are not known yet
OVERRIDABLE: Final = ("alerts", "attendance", "fraud", "night", "work", "health", "audits")


def plain_value(shape: Shape, item: Scalar) -> Any:
    """The value of a scalar by its shape, MISSING if it is none."""
    text, kind = item.text, shape.kind
    if kind == shapes.TEXT:
        return "" if item.null else text
    if kind == shapes.CHOICE:
        return next((one for one in shape.choices if one.casefold() == text.casefold()), MISSING)
    if kind == shapes.FLAG:
        lowered = text.lower()
        return True if lowered in _YES else False if lowered in _NO else MISSING
    if kind == shapes.INTEGER:
        return int(text.replace("_", "")) if _INTEGER.fullmatch(text) else MISSING
    if kind == shapes.NUMBER or (kind == shapes.QUANTITY and _NUMBER.fullmatch(text)):
        return float(text) if _NUMBER.fullmatch(text) else MISSING
    micros = parse_duration(text)
    if kind == shapes.QUANTITY:
        return MISSING if micros is None else float(micros)
    if micros is None and _NUMBER.fullmatch(text):
        micros = parse_duration(f"{text}s") if "e" not in text.lower() else None
    return MISSING if micros is None else micros


def expected(shape: Shape, text: str) -> tuple[str, str]:
    """What the text fails to be, and what to write."""
    if shape.kind == shapes.CHOICE:
        return "not a choice", did_you_mean(text, shape.choices) or choices(shape.choices)
    if shape.kind == shapes.QUANTITY:
        return "neither a number nor a length of time", "write it such as 0.5 or 5m"
    if shape.kind == shapes.LENGTH:
        return "not a length of time", f"write it with a unit, {FORMS}, or as seconds"
    if shape.kind == shapes.FLAG:
        return "neither true nor false", "write true or false"
    return "not a whole number" if shape.kind == shapes.INTEGER else "not a number", f"write it such as {sample(shape)}"


def limits(shape: Shape) -> str:
    say = write_duration if shape.kind == shapes.LENGTH else str
    least, most = shape.least, shape.most
    if most is None:
        return f"{say(least)} or more"
    return f"{say(least)} to {say(most)}" if least is not None else f"{say(most)} or less"


def sample(shape: Shape) -> str:
    """The default as it would be written."""
    if shape.kind == shapes.LENGTH:
        return write_duration(shape.default or 0)
    if shape.default in (None, "", ()):
        return {shapes.TEXT: "a text", shapes.INTEGER: "10", shapes.NUMBER: "0.5"}.get(shape.kind, "true")
    return msgspec.json.encode(shape.default).decode()
