"""The settings that there are, found by walking the structures that hold them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec


class Field(NamedTuple):
    path: tuple[str, ...]
    kind: Any  # its type
    default: Any

    @property
    def name(self) -> str:
        return ".".join(self.path)


def walk(kind: type[msgspec.Struct], outer: tuple[str, ...] = ()) -> Iterator[Field]:
    """Every setting of `kind` and of the structures in it, in order of declaration."""
    for field in msgspec.structs.fields(kind):
        path = (*outer, field.name)
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from walk(field.type, path)
        elif field.default is not msgspec.NODEFAULT:
            yield Field(path, field.type, field.default)
        elif field.default_factory is not msgspec.NODEFAULT:
            yield Field(path, field.type, field.default_factory())
