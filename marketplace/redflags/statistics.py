"""Quartiles and Tukey's fences: what lies 1.5 interquartile ranges outside the middle half is unusual."""

import math
from collections.abc import Iterable

REACH = 1.5


def quantile(values: Iterable[float], share: float) -> float:
    """Of type 8 in Hyndman and Fan (1996), median-unbiased: what Cardinal uses. NaN without values."""
    ordered = sorted(values)
    count = len(ordered)
    if not count:
        return math.nan
    place = (count + 1 / 3) * share + 1 / 3
    below = int(place)
    if below <= 0 or share == 0:
        return ordered[0]
    if below >= count or share == 1:
        return ordered[-1]
    low, high = ordered[below - 1], ordered[below]
    return low + (place - below) * (high - low)


def lower_fence(values: Iterable[float]) -> float:
    """NaN where three quarters are nought: then a fence would flag the ordinary."""
    ordered = sorted(values)
    first, third = quantile(ordered, 0.25), quantile(ordered, 0.75)
    fence = first - REACH * (third - first)
    return fence if first > 0 and fence > 0 else math.nan


def upper_fence(values: Iterable[float]) -> float:
    ordered = sorted(values)
    first, third = quantile(ordered, 0.25), quantile(ordered, 0.75)
    return third + REACH * (third - first)
