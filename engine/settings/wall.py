"""Settings of the wall screen."""

from typing import Annotated, Literal

import msgspec

from data.times import HOUR, SECOND
from engine.settings.meta import about, length

Page = Literal["now", "incidents", "heat", "trend", "feed"]


class WallSettings(msgspec.Struct, frozen=True):
    page_seconds: Annotated[int, length("how long a page stays", least=2 * SECOND, most=HOUR)] = 15 * SECOND
    pages: Annotated[tuple[Page, ...], about("the pages, in their order; those with nothing on them are skipped")] = (
        "now", "incidents", "heat", "trend", "feed"
    )  # fmt: skip
    bell: Annotated[bool, about("ring when something CRITICAL is new and the wall jumps to it")] = False
    theme: Annotated[str, about("colours by day")] = "wall"
    dim_theme: Annotated[str, about("colours by night, from `dim_from` to `dim_to`")] = "dark"
    dim_from: Annotated[int, about("hour of the operation's day (UTC) at which it dims", least=0, most=23)] = 22
    dim_to: Annotated[int, about("hour at which it is bright again; the same: never dims", least=0, most=23)] = 6
