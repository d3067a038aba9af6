"""Which of the words asked counted for an entry, as they were written together: pure."""

from typing import Final

from qiao.knowledge.model_ranking import Match
from qiao.knowledge.splitting import folded, tokens

WORDS_MAX: Final = 4


def words_that_counted(text: str, match: Match) -> tuple[str, ...]:
    """What was asked as far as it stands in the entry, the weightiest first, four runs at most; related words do not
    count."""
    asked, words = folded(text), frozenset(tokens(text))
    points = {why.word: why.points for why in match.why if why.field != "related" and why.word in words}
    counted = {word: points[word] for word in points if len(word) > 1} or points
    covered = [0.0] * len(asked)
    for word, worth in counted.items():
        start = asked.find(word)
        while start >= 0:
            for at in range(start, start + len(word)):
                covered[at] = max(covered[at], worth)
            start = asked.find(word, start + 1)
    runs: dict[str, float] = {}
    begun = 0
    for at in range(len(asked) + 1):
        if at < len(asked) and covered[at]:
            continue
        if at > begun:
            runs[asked[begun:at]] = max(covered[begun:at])
        begun = at + 1
    return tuple(sorted(runs, key=lambda run: (-runs[run], run)))[:WORDS_MAX]
