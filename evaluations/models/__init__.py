"""Frameworks of indicators, engagements of evaluators, and the scorers' sheets."""

from .engagement import Engagement
from .framework import Framework, Indicator
from .scorecard import Mark, Scorecard

__all__ = ["Engagement", "Framework", "Indicator", "Mark", "Scorecard"]
