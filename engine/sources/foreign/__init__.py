"""Messages of other systems become our events: pure functions from a payload to events, nothing sent, nothing kept."""
