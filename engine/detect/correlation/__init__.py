"""Activity tied to alerts: the rules that judge one moment. `engine.correlations` keeps what is found with them."""

from engine.detect.correlation.rules import Tied, quiet, score, tie

__all__ = ["Tied", "quiet", "score", "tie"]
