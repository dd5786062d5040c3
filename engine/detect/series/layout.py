"""Where the numbers of a series lie: rows of one matrix, a column for each series."""

from typing import Final

import msgspec

# The detectors, in the order of their rows. Each looks both ways: up and down are judged apart.
DETECTORS: Final = ("distribution", "season", "level", "spread", "rate")
STATS: Final = len(DETECTORS)
SIDES: Final = 2 * STATS

# Single numbers.
(COUNT, TIME, VALUE, FAST, SLOW, BASE, STEP, STEPS, GAP, TOLD) = range(10)
(FIRST, RUN, LONGEST, FAR, JUMPS, OUT, FAR_VALUES, FAR_USUAL) = range(10, 18)
# Blocks: mean and variance of each statistic; the limit of each side.
MEAN: Final = slice(18, 18 + STATS)
VARIANCE: Final = slice(MEAN.stop, MEAN.stop + STATS)
LIMIT: Final = slice(VARIANCE.stop, VARIANCE.stop + SIDES)
HEIGHT: Final = LIMIT.stop
# What is needed only of a side beyond its limit lies apart: its mean excess, and the number of its excesses.
EXCESS, HITS = 0, 1

THRESHOLD: Final = 0.5  # of the score: at or above it a sample is an anomaly
BINS: Final = 48  # of a day, by UTC
STEPS_OF_SIZE: Final = 48  # of how far out a value lies, for "when was it last so far out?"


class Figures(msgspec.Struct, frozen=True):
    """The figures of the method: one setting for all series. Spans are numbers of samples."""

    fast: float = 4.0
    slow: float = 64.0
    base: float = 1024.0
    memory: float = 2000.0  # span of mean and variance of a statistic
    warm: int = 50  # samples before anything is said
    tail: float = 0.01  # share of samples beyond the limit
    step: float = 0.02  # how fast a limit follows, in standard deviations a sample
    limit: float = 2.3  # the limit of a new series, and
    excess: float = 0.4  # its mean excess, as of a normal distribution; counts for `prior` excesses
    prior: float = 30.0
    excesses: float = 60.0  # span of the mean excess
    reach: float = 4.0  # an excess teaches as if it were at most so many mean excesses
    heaviness: float = 0.2  # of the tail: the shape of a generalised Pareto distribution
    clip: float = 6.0  # a value further out, in standard deviations, teaches as if it lay there
    size: float = 1.2  # ratio of neighbouring steps of size
    told: float = 100.0  # samples in which what was told fades to a third
    damp: float = 0.3  # what is no news counts so much
    half: float = 1.78  # the strength whose score is 0.5
    stuck: float = 60.0  # equal values in a row before a series that used to vary is stuck, and
    stuck_times: float = 10.0  # so many times the longest run of equal values that it had before
    known: float = 86_400e6  # microseconds that a series was known before it can be stuck
    far: float = 8.0  # standard deviations: far out
    moved: float = 10.0  # samples far out in a row: the series has moved
    absurd: float = 100.0  # standard deviations: no such thing
    jumps: float = 3.0  # leaps to absurd values, fading over 100 samples: the sensor is erratic
    absorb: float = 400.0  # samples outside the limits on one side in a row: that is the new normal


FIGURES: Final = Figures()
