"""What is usual at a site: learned for each signal and hour of the week, robust, and corrected by people.

`moments` says which local hour it is, `rings` keeps what was observed, `usual` what to expect of it, `thresholds` how
far from it is a finding, `room` closes each hour; `replayed` answers what another threshold would have found."""

from engine.detect.baselines.room import Baselines

__all__ = ["Baselines"]
