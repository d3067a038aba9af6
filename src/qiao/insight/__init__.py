"""Insight: what contacts come to, where they go, and what they cost."""

from qiao.insight.answers import answers_by_day, answers_of
from qiao.insight.model import BYS, By, Cost, Counts, Prices, Share, whole
from qiao.insight.model_answers import Answers
from qiao.insight.operations import begin_anew
from qiao.insight.pricing import prices_of
from qiao.insight.queries import Figures, Line, figures
from qiao.insight.ways import Way, ways_of

__all__ = [
    "BYS",
    "Answers",
    "By",
    "Cost",
    "Counts",
    "Figures",
    "Line",
    "Prices",
    "Share",
    "Way",
    "answers_by_day",
    "answers_of",
    "begin_anew",
    "figures",
    "prices_of",
    "ways_of",
    "whole",
]
