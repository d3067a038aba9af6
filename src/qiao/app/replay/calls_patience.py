"""How long callers would have waited: known of those who hung up, estimated for those who were served before."""

import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from qiao.app.replay.calls_log import Call


class Patience:
    """The Kaplan-Meier estimate of how long callers wait before they hang up.

    An abandoned call shows its caller's patience; a served one only that it was longer than its wait, so it is a
    censored observation (E. L. Kaplan and P. Meier, JASA 53, 1958; for calls: Brown et al., JASA 100, 2005).
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        left = Counter(call.waited_seconds for call in calls if not call.answered)
        seen = Counter(call.waited_seconds for call in calls)
        at_risk, surviving = len(calls), 1.0
        self.seconds: list[int] = []
        self.gone: list[float] = []
        """Share of callers who have hung up by `seconds`, ascending."""
        for seconds in sorted(seen):
            if left[seconds]:
                surviving *= 1 - left[seconds] / at_risk
                self.seconds.append(seconds)
                self.gone.append(1 - surviving)
            at_risk -= seen[seconds]
        self.longest_seconds = max(seen, default=0)

    def median_seconds(self) -> int | None:
        """When half would have hung up, None if the log does not reach so far."""
        place = bisect_left(self.gone, 0.5)
        return self.seconds[place] if place < len(self.seconds) else None

    def drawn(self, longer_than_seconds: int, chance: random.Random) -> int:
        """A patience from the estimate, given that it is longer than this.

        Where the estimate ends above zero, the caller is taken to hang up at the longest wait of the log.
        """
        place = bisect_right(self.seconds, longer_than_seconds)
        gone = self.gone[place - 1] if place else 0.0
        level = gone + chance.random() * (1 - gone)
        found = bisect_left(self.gone, level, lo=place)
        if found < len(self.seconds):
            return self.seconds[found]
        return max(self.longest_seconds, longer_than_seconds + 1)
