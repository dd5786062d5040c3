"""Collects the configuration from its files and the environment into one tree; later parts win, named lists grow."""

from collections.abc import Mapping as Variables
from pathlib import Path
from typing import Final

from engine.query.errors import nearest
from engine.settings import shapes
from engine.settings.problems import ERROR, Problem
from engine.settings.tree import Item, Listing, Mapping, Scalar, TreeError, read_tree

PREFIX: Final = "NOC__"
FROM_FILE: Final = "_FILE"


def gather(path: Path | None, variables: Variables[str, str], problems: list[Problem], *, named: bool) -> Mapping:
    """The merged tree. Files that cannot be read and variables that name nothing are told in `problems`."""
    whole = Mapping({}, {}, str(path or "configuration"), 0)
    for file in files(path, named) if path is not None else []:
        tree = read_file(file, problems)
        if isinstance(tree, Mapping):
            merge(whole, tree)
        elif tree is not None and not (isinstance(tree, Scalar) and tree.null):
            text, remedy = "sections belong here", "write `section:` and its settings below, indented"
            problems.append(Problem(tree.file, tree.line, ERROR, text, remedy))
    for name in sorted(variables):
        if name.startswith(PREFIX):
            overlay(whole, name, variables[name], problems)
    return whole


def files(path: Path, named: bool) -> list[Path]:
    """The file, then `conf.d/*.yaml` beside it by name."""
    more = path.parent / "conf.d"
    first = [path] if named or path.is_file() else []
    return [*first, *sorted(one for one in more.glob("*.yaml") if one.is_file())]


def read_file(file: Path, problems: list[Problem]) -> Item | None:
    try:
        text = file.read_text(encoding="utf-8")
        return read_tree(text, str(file))
    except OSError as error:
        problems.append(Problem(str(file), 0, ERROR, f"cannot be read: {error.strerror}", "check its name and rights"))
    except UnicodeDecodeError as error:
        text = f"not UTF-8 text (byte {error.start})"
        problems.append(Problem(str(file), 0, ERROR, text, "save it as UTF-8"))
    except TreeError as error:
        problems.append(Problem(str(file), error.line, ERROR, error.text, error.remedy))
    return None


def merge(into: Mapping, more: Mapping) -> None:
    """`more` wins; sections merge; lists of sections are appended, an entry of the same `name` replaces the first."""
    for name, item in more.entries.items():
        old = into.entries.get(name)
        if isinstance(old, Mapping) and isinstance(item, Mapping):
            merge(old, item)
            continue
        if isinstance(old, Mapping) and isinstance(item, Scalar) and item.null:
            continue  # a section whose lines are all commented out says nothing
        if (
            isinstance(old, Listing)
            and isinstance(item, Listing)
            and all(isinstance(one, Mapping) for one in item.items)
        ):
            item = joined(old, item)
        into.entries[name] = item
        into.keys[name] = more.keys[name]


def joined(old: Listing, more: Listing) -> Listing:
    """A name that is there twice in one file stays so, to be told."""
    replaced = {name_of(item) for item in more.items} - {None}
    kept = [item for item in old.items if name_of(item) not in replaced]
    return Listing([*kept, *more.items], more.file, more.line)


def name_of(item: Item) -> str | None:
    name = item.entries.get("name") if isinstance(item, Mapping) else None
    return name.text if isinstance(name, Scalar) else None


def overlay(whole: Mapping, variable: str, value: str, problems: list[Problem]) -> None:
    """`NOC__ALERTS__EXPIRE_AFTER=20m`; with `_FILE` behind it the value is the content of that file."""
    key = variable.removeprefix(PREFIX).lower().replace("__", ".")
    shape = shapes.find(key)
    if shape is None and variable.endswith(FROM_FILE) and shapes.find(key.removesuffix(FROM_FILE.lower())):
        key = key.removesuffix(FROM_FILE.lower())
        shape = shapes.find(key)
        try:
            value = Path(value).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            problems.append(Problem(variable, 0, ERROR, f"'{value}' cannot be read", "name a file that can", key))
            return
    if shape is None or shape.kind == shapes.SECTION:
        near = nearest(key, [name for name, _ in shapes.leaves(shapes.root())])
        text = "there is no such setting" if shape is None else "is a section, not a setting"
        remedy = f"did you mean {variable_of(near[0])}?" if near else "see `noc config show` for what there is"
        problems.append(Problem(variable, 0, ERROR, text, remedy, key))
        return
    try:
        item = Scalar(value, True, variable, 0) if shape.kind not in GROUPED else read_tree(value, variable)
    except TreeError as error:
        problems.append(Problem(variable, 0, ERROR, error.text, error.remedy, key))
        return
    if item is not None:
        put(whole, key.split("."), flattened(item), variable)


def variable_of(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


GROUPED: Final = frozenset((shapes.LIST, shapes.MAP))


def flattened(item: Item) -> Item:
    item.line = 0  # the lines of a variable tell nothing
    inner = item.items if isinstance(item, Listing) else item.entries.values() if isinstance(item, Mapping) else ()
    for one in inner:
        flattened(one)
    return item


def put(whole: Mapping, parts: list[str], item: Item, variable: str) -> None:
    place = whole
    for part in parts[:-1]:
        inner = place.entries.get(part)
        if not isinstance(inner, Mapping):
            inner = place.entries[part] = Mapping({}, {}, variable, 0)
            place.keys[part] = Scalar(part, True, variable, 0)
        place = inner
    place.entries[parts[-1]] = item
    place.keys[parts[-1]] = Scalar(parts[-1], True, variable, 0)
