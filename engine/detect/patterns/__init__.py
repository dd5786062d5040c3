"""Patterns that an audit looks for at a site. Each is a function from what is known of the site to what is wrong."""

from engine.detect.patterns.catalogue import BY_CADENCE, NAMES, Pattern
from engine.detect.patterns.view import SiteView

__all__ = ["BY_CADENCE", "NAMES", "Pattern", "SiteView"]
