"""What a configuration may hold, read off the structs: the one source of reading, printing and the schema."""

from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import inspect

SECTION, LIST, MAP, LENGTH, INTEGER, NUMBER, FLAG, TEXT, CHOICE, SETTINGS = (
    "section",
    "list",
    "map",
    "length",
    "integer",
    "number",
    "flag",
    "text",
    "choice",
    "settings",
)
QUANTITY = "quantity"  # a number or a length of time, by how it is written
_PLAIN = {inspect.IntType: INTEGER, inspect.FloatType: NUMBER, inspect.BoolType: FLAG, inspect.StrType: TEXT}


class Shape(msgspec.Struct):
    """One setting, or a section of them. `fields` of a section, `item` of a list or map; `struct` makes a section."""

    kind: str
    doc: str = ""
    default: Any = None
    required: bool = False
    fields: dict[str, "Shape"] = {}
    item: "Shape | None" = None
    struct: type[msgspec.Struct] | None = None
    choices: tuple[str, ...] = ()
    extra: dict[str, Any] = {}

    @property
    def least(self) -> Any:
        return self.extra.get("least")

    @property
    def most(self) -> Any:
        return self.extra.get("most")


@cache
def root() -> Shape:
    """The shape of the whole configuration."""
    from engine.settings.sections import Config

    return shape_of(inspect.type_info(Config))


def shape_of(info: inspect.Type) -> Shape:
    doc, extra = "", {}
    if isinstance(info, inspect.Metadata):
        doc = str((info.extra_json_schema or {}).get("description", ""))
        extra, info = info.extra or {}, info.type
    shape = bare_shape(info, extra)
    shape.doc, shape.extra = doc, extra
    return shape


def bare_shape(info: inspect.Type, extra: dict[str, Any]) -> Shape:
    if isinstance(info, inspect.StructType):
        return Shape(SECTION, struct=info.cls, fields=dict(section_fields(info)))
    if isinstance(info, inspect.VarTupleType):
        return Shape(LIST, item=shape_of(info.item_type))
    if extra.get("settings"):
        return Shape(SETTINGS)
    if isinstance(info, inspect.DictType):
        return Shape(MAP, item=shape_of(info.value_type))
    if isinstance(info, inspect.LiteralType):
        return Shape(CHOICE, choices=tuple(str(value) for value in info.values))
    if extra.get("quantity"):
        return Shape(QUANTITY)
    return Shape(LENGTH if extra.get("length") else _PLAIN[type(info)])


def section_fields(info: inspect.StructType) -> list[tuple[str, Shape]]:
    hints = get_type_hints(info.cls)
    found = []
    for field in info.fields:
        shape = shape_of(field.type)
        if shape.kind == CHOICE:
            shape.choices = get_args(hints[field.name])  # msgspec sorts them, people rank them
        if shape.extra.get("hidden"):
            continue
        shape.required = field.required
        if field.default is not msgspec.NODEFAULT:
            shape.default = field.default
        elif field.default_factory is not msgspec.NODEFAULT:
            shape.default = field.default_factory()
        found.append((field.name, shape))
    return found


def find(key: str) -> Shape | None:
    """The shape of a setting by its full name, `attendance.geofence_m`; None for an unknown one."""
    shape: Shape | None = root()
    for part in key.split("."):
        shape = shape.fields.get(part) if shape is not None else None
    return shape


def leaves(shape: Shape, outer: str = "") -> list[tuple[str, Shape]]:
    """All settings below `shape` with their full names, in order; lists and maps count as one."""
    found: list[tuple[str, Shape]] = []
    for name, inner in shape.fields.items():
        key = f"{outer}.{name}" if outer else name
        found.extend(leaves(inner, key) if inner.kind == SECTION else [(key, inner)])
    return found
