"""What a kind of list is made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from data.store import Follower
from engine.query import Query
from engine.query.schema import Schema
from engine.views import Fact, SheetColumn, SheetRow, SourceRow

if TYPE_CHECKING:
    from engine.items import Items
    from engine.partition import Partition
    from engine.running import Shown


class Scene(NamedTuple):
    """What a live kind looks at. `now` is event time."""

    partition: "Partition"
    running: "Shown"
    items: "Items"
    now: int
    sources: Callable[[], list[SourceRow]]

    def site(self, id: str | None) -> str:
        """A site as people call it."""
        return self.partition.registry.label(f"site/{id}") if id else ""

    def name(self, ref: str | None) -> str:
        return self.partition.registry.label(ref) if ref else ""


class Asked(NamedTuple):
    """What a kept kind is asked for. `scene` is the engine's, and only looked at; `begun` is what `begin` took from it
    in the engine's loop."""

    tenant: str
    now: int
    scene: Scene | None = None
    begun: Any = None
    only: Callable[[str | None], bool] | None = None  # sites that may be seen; None: all
    query: Query | None = None  # what a kind that stops when it found enough has to look for
    caller: str = ""  # who asks
    veiled: bool = False  # who asks may not know what people are called


class Asker(NamedTuple):
    """Who looks: their name, the sites that they may see (None: all), and whether people's names are kept from them."""

    name: str = ""
    only: Callable[[str | None], bool] | None = None
    veiled: bool = False


EVERYBODY: Final = Asker()


Order = Callable[[Any], Any]


class Kind(msgspec.Struct, frozen=True):
    """Either `live` or `kept` gives the records; `row` shows one of them. `site` is where a record belongs, for callers
    who see only some clients' sites; without it they see none. Of `orders` the first is the usual one."""

    name: str
    title: str
    about: str
    columns: tuple[SheetColumn, ...]
    schema: Schema
    row: Callable[[Any, Scene], SheetRow]
    orders: Mapping[str, Order]
    empty: tuple[str, str]
    live: Callable[[Scene], Iterable[Any]] | None = None
    kept: Callable[[Follower, Asked], Iterable[Any]] | None = None
    begin: Callable[[Scene], Any] | None = None  # what `kept` needs of the working state
    site: Callable[[Any], str | None] | None = None
    sifted: bool = False  # `kept` leaves out what may not be seen itself
    figures: Callable[[Scene, Sequence[Any]], tuple[Fact, ...]] | None = None
    note: str = ""
    filter_hint: str = "severity>=high site:S014 age<2h text~uplink"
    rest: float = 0.25  # seconds between two looks at least
