"""The filter language in a page: what can be written and what it means, for help screens and manuals."""

from typing import Final

# (how it is written, what it means)
GUIDE: Final = (
    ("uplink", "the word in any text; put several words in quotes"),
    ("site:S014", "is; `*` stands for any characters: type:DEVICE_*"),
    ("site:S014,S015", "any of them; site:(S014 or S015) is the same"),
    ("site=S014", "exactly, with `*` as an ordinary character"),
    ("site!=S014", "is not; also holds where there is none"),
    ("severity>=high", "at least; also > < <=; a severity by name, its beginning, or 1-5"),
    ('text~"link down"', "contains; !~ does not"),
    ('text=~"link|port [0-9]+ down"', "matches a regular expression (RE2) anywhere in it; `^` and `$` are its ends"),
    ("age<2h", "began less than two hours ago; 90s 15m 2h 3d 1w, and quiet>30m for the last sign of it"),
    ("since:22:00", "since it was last ten in the evening; until:06:00 beside it ends there; since:2h, since:today"),
    ("opened:yesterday", "on that day of the operation; also dates and RFC 3339 times"),
    ("acked", "flags stand alone: open firing acked assigned muted mine; also is:open,acked"),
    ("!acked", "not; also -acked and not acked"),
    ("site:S014 open", "both; `and` may stand between"),
    ("site:S014 or (open severity:crit)", "either; `or` binds loosest, parentheses group"),
    ("!site:*", "has no site"),
)
