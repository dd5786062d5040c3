"""Tours with their checkpoints: made, made in part, missed."""

from engine.detect.tours.rules import TourRules
from engine.detect.tours.tour import Coverage, Tour

__all__ = ["Coverage", "Tour", "TourRules"]
