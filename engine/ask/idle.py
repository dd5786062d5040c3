"""Words that are said around a question, and mean nothing in it.

None of them may ever say which rows are meant: `fire alerts` are not all alerts.
"""

from typing import Final

_WORDS: Final = """
a about across actual actually additional affected affecting again against all almost alright also always am among
an and any anybody anyone anything anywhere are aren't as asap at bad basically be been began begin begins being
between bloody both breakdown buddy by came can case cases cause caused causes certain chart cheers client clients
come coming compare compared complete could count counts created current currently customer customers damn data day
days deadline deadlines dealing dear detailed details device devices did display do does don't draw during each
entire entries entry evening event events ever every everybody everyone everything exact exactly existing fetch few
find fired firing folks for fresh from full generate generated generates get give given gives go goes going gone
good got graph group grouped guard guards had happen happened happening has hasn't have haven't having he he's hello
her here here's hey hi him his hour hours how how's i i'm i've if impacted in individual info interesting into
involved is isn't it it's its just keep keeps kept kicked kind kindly kinds know known last let let's level levels
list location locations logged look looked looking looks lot lots madam made main make makes many mate maybe me mean
meant more morning most much my need never-mind new night noc number numbers occur occurred occurring of off ok okay
on one ones only opened or order ordered other our out over overview particular people per perhaps person place
please plot pls plz possible priority probability produce produced produces provide pull put quick quickly raised
raw re real really record recorded records relevant remaining report reported rest result results return risk root
row rows s sake score scores see seen severity she she's shift shifts show shown similar simply since single sins
sir site sites sla slas so some somebody somewhere sort sorted specific standing started starting status still stuff
summarise summarize summary ta table tell than thank thanks that the their them then there there's these they
they're thing things this those threw throw throws thx to today's tonight's top total trigger triggered type types
up us various view visualise visualize want wanted was wasn't we we're we've week went were weren't what what's
whatever whats when where which while who who's whole whose why will with within would wrong yesterday's yet you
your
"""
IDLE: Final = frozenset(_WORDS.split())
