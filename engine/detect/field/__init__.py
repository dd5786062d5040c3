"""The people on duty and the sites they are at, as far as events tell: who is there, and when each gave which sign."""

from engine.detect.field.guard import Guard, Post
from engine.detect.field.plan import Plan, Planned
from engine.detect.field.room import Field

__all__ = ["Field", "Guard", "Plan", "Planned", "Post"]
