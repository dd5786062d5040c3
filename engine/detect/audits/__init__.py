"""Audits of sites on event time: a heartbeat every 5 minutes, patterns every 15, the slow ones every hour."""

from engine.detect.audits.room import Audits

__all__ = ["Audits"]
