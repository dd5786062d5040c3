"""What comes back from receivers: a button in Slack, a change in PagerDuty, a link in a mail becomes a command here.

Each is checked by its signature before it is read, carries a key so that it counts once, and is done in the name of the
person who did it there, as the receiver's `people` tell it. `slack`, `pagerduty`, `links` are pure: bytes in, what is
wanted out. Nothing goes round in circles: of PagerDuty's changes, those that we have caused ourselves are ignored.
"""
