"""Attendance evidence: is the right person really at the right post, and does that person stay there?

One noun a module; `room` puts them together. Every rule says how sure it is, in numbers and in words, and GPS is
judged with the accuracy it claims: a fix that is not sure of itself accuses nobody.
"""

from engine.detect.attendance.room import AttendanceRules

__all__ = ["AttendanceRules"]
