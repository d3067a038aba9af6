"""Insight: what contacts come to, where they go, and what they cost."""

from qiao.insight.model import BYS, By, Cost, Counts, Prices, Share, whole
from qiao.insight.operations import begin_anew
from qiao.insight.pricing import prices_of
from qiao.insight.queries import Figures, Line, figures
from qiao.insight.ways import Way, ways_of

__all__ = [
    "BYS",
    "By",
    "Cost",
    "Counts",
    "Figures",
    "Line",
    "Prices",
    "Share",
    "Way",
    "begin_anew",
    "figures",
    "prices_of",
    "ways_of",
    "whole",
]
