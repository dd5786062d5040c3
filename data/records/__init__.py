"""What things are: plain records, one noun a file, with no behaviour beyond naming themselves.

Times are integers, microseconds since 1970-01-01 UTC. References are `kind/id`. Ids are derived from what
they name (see `data.ids`), so the same recording always gives the same ids.
"""

DEFAULT_TENANT = "default"  # of events that name none
