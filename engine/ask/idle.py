"""Words that are said around a question, and mean nothing in it."""

from typing import Final

_WORDS: Final = """
a about actual actually additional against all alright also am among an and any anybody anyone anything anywhere are
aren't as at bad be been began being between both breakdown by came can case cases cause causes certain chart cheers
client clients come coming compare compared complete could count counts created current currently customer customers
data day days deadline deadlines dealing dear detailed details device devices did display do does don't draw during
each entire entries entry equipment evening event events ever every everything exactly existing fetch few find fired
firing folks for fresh from full generated get give given gives good got graph group grouped guard guards had happen
happened happening has hasn't have haven't having hello her here hey hi his hour hours how i if in individual info
interesting into is isn't it its just kicked kind kindly kinds know known last let level levels list location
locations logged look looking lot lots made main make makes many mate me mean meant more morning most much my need
new night noc number numbers occur occurred occurring of off ok okay on one ones only opened or order ordered other
our out over overview particular people per person place please plot pls plz priority probability pull quick raised
raw re real really record recorded records relevant remaining report reported rest result results return risk root
row rows s score scores see seen severity shift shifts show shown similar since single site sites sla slas so some
somebody somewhere sort sorted specific started starting status still stuff summarise summarize summary table tell
than thank thanks that the their them then there these they thing things this those to today's tonight's top total
trigger triggered type types up us various view visualise visualize want wanted was wasn't we week were weren't what
what's whats when where which while who whole whose why will with within would wrong yesterday's yet you your
"""
IDLE: Final = frozenset(_WORDS.split())
