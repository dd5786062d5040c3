"""YAML as a plain tree that knows its lines. Anchors, tags and excess are refused before anything grows from them."""

from typing import Any, TypeAlias

import msgspec

MAX_BYTES = 1 << 20
MAX_DEPTH = 24
MAX_NODES = 20_000


class Scalar(msgspec.Struct):
    """`plain`: written without quotes, so `true`, `12` and `~` may be more than text."""

    text: str
    plain: bool
    file: str
    line: int

    @property
    def null(self) -> bool:
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


class Listing(msgspec.Struct):
    items: list["Item"]
    file: str
    line: int


class Mapping(msgspec.Struct):
    """`keys` holds where each name stands."""

    entries: dict[str, "Item"]
    keys: dict[str, Scalar]
    file: str
    line: int


Item: TypeAlias = Scalar | Listing | Mapping


class TreeError(ValueError):
    """The text is no YAML that is taken here; `line` counts from 1."""

    def __init__(self, line: int, text: str, remedy: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text
        self.remedy = remedy


def read_tree(text: str, file: str) -> Item | None:
    """The one document in `text`, None if it is empty. Raises TreeError."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TreeError(1, f"larger than {MAX_BYTES // 1024} KiB", "split it into files in conf.d")
    import yaml

    growing = Growing(file)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            growing.take(event, yaml)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise TreeError(line, f"not YAML: {error.problem}", "look at indentation, quotes and colons there") from None
    except yaml.YAMLError:
        raise TreeError(1, "not YAML: unprintable characters", "write plain text in UTF-8") from None
    return growing.root


class Growing:
    """Builds the tree from YAML events without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Item | None = None
        self.open: list[Listing | Mapping] = []
        self.names: list[Scalar | None] = []  # of each open mapping, the name that waits for its value
        self.count = 0
        self.documents = 0

    def take(self, event: Any, yaml: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.NodeEvent):
            self.guard(event, line, yaml)
            if isinstance(event, yaml.ScalarEvent):
                self.place(Scalar(event.value, event.style is None, self.file, line))
            elif isinstance(event, yaml.SequenceStartEvent):
                self.start(Listing([], self.file, line))
            else:
                self.start(Mapping({}, {}, self.file, line))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.names.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise TreeError(line, "a second document begins here", "remove the line with ---")

    def guard(self, event: Any, line: int, yaml: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise TreeError(line, f"'{sign}{event.anchor}': anchors and aliases are not taken", "write the value out")
        if event.tag is not None:
            raise TreeError(line, f"the tag '{event.tag}' is not taken", "write a plain value")
        self.count += 1
        if self.count > MAX_NODES:
            raise TreeError(line, f"more than {MAX_NODES} values", "split it, or make it smaller")

    def start(self, item: Listing | Mapping) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise TreeError(item.line, f"nested more than {MAX_DEPTH} deep", "no setting is that deep")
        self.place(item)
        self.open.append(item)
        self.names.append(None)

    def place(self, item: Item) -> None:
        if not self.open:
            self.root = item
            return
        outer, name = self.open[-1], self.names[-1]
        if isinstance(outer, Listing):
            outer.items.append(item)
        elif name is not None:
            outer.entries[name.text] = item
            self.names[-1] = None
        elif not isinstance(item, Scalar):
            raise TreeError(item.line, "a name is expected here, not a list or a section", "write `name: value`")
        elif item.text in outer.keys:
            first = outer.keys[item.text].line
            raise TreeError(item.line, f"'{item.text}' is there twice, first in line {first}", "keep one of them")
        else:
            self.names[-1] = outer.keys[item.text] = item
