"""Which entry was meant: a ranking of services, articles and questions by the words of what was asked. Pure.

Each entry is known by its titles, by phrasings people used for it before, and by its body. The score of an entry is
BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) three times: of its single texts, the best
counted whole and each next a quarter of the one before; of all its texts together; and, lightly, of its body. A word
that is not in an entry may still count a little through words that stood in another phrasing of the same entry:
which word answers to which is learned from the entries themselves.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from qiao.knowledge.splitting import tokens

Field = Literal["title", "phrasing", "body", "related"]
Verdict = Literal["answer", "choose", "nothing"]

PAIR_WEIGHT: Final = 0.6
"""A pair of characters beside the characters or the word it is of."""
TEXT_K1: Final = 1.6
TEXT_B: Final = 0.85
WHOLE_K1: Final = 0.5
WHOLE_B: Final = 0.4
BODY_WEIGHT: Final = 0.1
BODY_MAX: Final = 600
NEXT_TEXT: Final = 0.25
TEXTS_COUNTED: Final = 5
RELATED_MIN: Final = 2
RELATED_MAX: Final = 8
RELATED_LIFT: Final = 1.5
RELATED_TEXTS_MAX: Final = 8
CANDIDATES: Final = 40
NEAR_MAX: Final = 16
QUERY_MAX: Final = 200
LOOKED_MAX: Final = 6_000
"""Rare words pick the candidates; once so many places were looked at, the commoner ones only rank them."""
MISSPELT: Final = 0.6
"""A word of which one text has so much of its pairs of letters, the first among them, is that text's, written wrong."""
FLOOR: Final = 0.30
SURE: Final = 0.60
AHEAD: Final = 1.25
"""Of the weight of all words asked, what the best entry must have to be offered at all, and to be taken as meant if
it is also so far ahead of the next."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be meant; `kind` is the caller's own word for what it is."""

    id: str
    kind: str
    titles: tuple[str, ...]
    phrasings: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """A word that counted, where it was found, and how much of the score it made."""

    word: str
    field: Field
    points: float


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may be meant; `share` is how much of the weight of all words asked it has, 0 to 1."""

    entry: Entry
    score: float
    share: float
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """An entry's words, weighed: of each single text, of all together, of the body."""

    texts: tuple[tuple[Field, Mapping[str, float]], ...]
    whole: Mapping[str, float]
    body: Mapping[str, float]


class Index:
    """Entries made ready to be asked for; a new one is built when they change."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        written = [_texts_of(entry) for entry in self.entries]
        bodies = [features(entry.body[:BODY_MAX]) for entry in self.entries]
        self._idf = _rarity(written)
        lengths = [len(words) for texts in written for _, words in texts]
        of_text = sum(lengths) / max(1, len(lengths))
        of_whole = sum(lengths) / max(1, len(written))
        of_body = sum(map(len, bodies)) / max(1, len(bodies)) or 1.0
        self._known = [
            _Known(
                tuple((field, _weighed(words, of_text, TEXT_K1, TEXT_B)) for field, words in texts),
                _weighed([word for _, words in texts for word in words], of_whole, WHOLE_K1, WHOLE_B),
                _weighed(body, of_body, WHOLE_K1, WHOLE_B),
            )
            for texts, body in zip(written, bodies, strict=True)
        ]
        self._having: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, known in enumerate(self._known):
            for word, weight in known.whole.items():
                self._having[word].append((number, weight))
        self._only_in_bodies: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, known in enumerate(self._known):
            for word, weight in known.body.items():
                if word not in self._having:
                    self._only_in_bodies[word].append((number, BODY_WEIGHT * weight))
        self._related = _relations(written, self._idf)

    def ask(self, text: str, *, limit: int = 5, kinds: frozenset[str] | None = None) -> list[Match]:
        """The entries most likely meant, the best first; equal ones in the order they were given."""
        asked = list(dict.fromkeys(features(text[:QUERY_MAX])))
        words = {word: self._idf.get(word, self._unknown) for word in asked}
        near = self._near(words)
        wanted = [
            number for number in self._candidates(words, near) if kinds is None or self.entries[number].kind in kinds
        ]
        ranked = sorted(((self._score(self._known[number], words, near), -number) for number in wanted), reverse=True)
        whole = {word: words[word] for word in tokens(text[:QUERY_MAX]) if word in words}
        return [self._match(-place, score, words, near, whole) for score, place in ranked[:limit] if score > 0]

    @property
    def _unknown(self) -> float:
        """How rare a word is that no entry has."""
        return math.log(1 + len(self.entries) + 0.5)

    def _near(self, words: Mapping[str, float]) -> dict[str, float]:
        """Words that were not asked and answer to those that were, with what each counts."""
        found: dict[str, float] = {}
        for word in words:
            for other, share in self._related.get(word, ()):
                if other not in words:
                    found[other] = max(found.get(other, 0.0), share * self._idf[other])
        surest = sorted(found, key=lambda other: (-found[other], other))[:NEAR_MAX]
        return {other: found[other] for other in surest}

    def _candidates(self, words: Mapping[str, float], near: Mapping[str, float]) -> list[int]:
        """Entries worth a full look, by all their texts together."""
        scores: dict[int, float] = defaultdict(float)
        looked = 0
        for word, idf in sorted([*words.items(), *near.items()], key=lambda one: (-one[1], one[0])):
            having = self._having.get(word) or self._only_in_bodies.get(word) or []
            looked += len(having)
            if looked > LOOKED_MAX and scores:
                break
            for number, weight in having:
                scores[number] += idf * weight
        if len(scores) <= CANDIDATES:
            return list(scores)
        return sorted(scores, key=scores.__getitem__, reverse=True)[:CANDIDATES]

    def _score(self, known: _Known, words: Mapping[str, float], near: Mapping[str, float]) -> float:
        singles = sorted((_sum(weights, words) + _sum(weights, near) for _, weights in known.texts), reverse=True)
        best = sum(score * NEXT_TEXT**place for place, score in enumerate(singles[:TEXTS_COUNTED]))
        together = _sum(known.whole, words) + _sum(known.whole, near)
        return best + together + BODY_WEIGHT * _sum(known.body, words)

    def _match(
        self,
        number: int,
        score: float,
        words: Mapping[str, float],
        near: Mapping[str, float],
        whole: Mapping[str, float],
    ) -> Match:
        known = self._known[number]
        field, best = max(known.texts, key=lambda one: _sum(one[1], words))
        why = [Why(word, field, best[word] * idf) for word, idf in words.items() if word in best]
        elsewhere = {word: idf for word, idf in words.items() if word not in best}
        why += [
            Why(word, "phrasing", known.whole[word] * idf) for word, idf in elsewhere.items() if word in known.whole
        ]
        why += [
            Why(word, "body", BODY_WEIGHT * known.body[word] * idf)
            for word, idf in elsewhere.items()
            if word in known.body and word not in known.whole
        ]
        why += [Why(word, "related", known.whole[word] * idf) for word, idf in near.items() if word in known.whole]
        total = sum(_weight(word) * idf for word, idf in whole.items()) or 1.0
        had = sum(_had(word, known, best) * _weight(word) * idf for word, idf in whole.items())
        ordered = tuple(sorted(why, key=lambda one: (-one.points, one.word)))
        return Match(self.entries[number], score, min(1.0, had / total), ordered)


def verdict(matches: Sequence[Match]) -> Verdict:
    """Whether the best is meant ("answer"), the person should choose, or nothing is near enough."""
    if not matches or matches[0].share < FLOOR:
        return "nothing"
    ahead = len(matches) == 1 or matches[0].score >= AHEAD * matches[1].score
    return "answer" if matches[0].share >= SURE and ahead else "choose"


def features(text: str) -> list[str]:
    """What a text is compared by: the house's tokens, and of each word that is not CJK its pairs of letters, too.

    Pairs forgive a letter left out, an ending, and "POS机" for "pos 机".
    """
    found = []
    for token in tokens(text):
        found.append(token)
        if len(token) > 2:  # CJK tokens are one or two characters long
            found += [token[at : at + 2] for at in range(len(token) - 1)]
    return found


def _had(word: str, known: _Known, best: Mapping[str, float]) -> float:
    """How surely an entry has a word: whole, or, misspelt, by most of its pairs of letters in one text."""
    if word in known.whole:
        return 1.0
    pairs = {word[at : at + 2] for at in range(len(word) - 1)} if len(word) > 3 else set()
    share = len(pairs & best.keys()) / len(pairs) if pairs else 0.0
    return share if share >= MISSPELT and word[:2] in best else 0.0


def _weight(word: str) -> float:
    """A pair of characters counts less than a word: its characters, or the word, count beside it."""
    return PAIR_WEIGHT if len(word) == 2 else 1.0


def _sum(weights: Mapping[str, float], words: Mapping[str, float]) -> float:
    return sum([weights[word] * idf for word, idf in words.items() if word in weights])


def _texts_of(entry: Entry) -> list[tuple[Field, list[str]]]:
    titles: list[tuple[Field, list[str]]] = [("title", features(text)) for text in dict.fromkeys(entry.titles)]
    phrasings: list[tuple[Field, list[str]]] = [("phrasing", features(text)) for text in dict.fromkeys(entry.phrasings)]
    return [(field, words) for field, words in (*titles, *phrasings) if words] or [("title", [""])]


def _weighed(words: Sequence[str], mean_length: float, k1: float, b: float) -> dict[str, float]:
    """BM25's part of a word's weight that does not depend on the question."""
    long = k1 * (1 - b + b * len(words) / (mean_length or 1.0))
    return {word: _weight(word) * count * (k1 + 1) / (count + long) for word, count in Counter(words).items()}


def _rarity(written: Sequence[Sequence[tuple[Field, Sequence[str]]]]) -> dict[str, float]:
    """BM25's idf over entries, not over their texts: a word of one entry's many phrasings is no common word."""
    having = Counter(word for texts in written for word in {word for _, words in texts for word in words})
    return {word: math.log(1 + (len(written) - count + 0.5) / (count + 0.5)) for word, count in having.items()}


def _relations(
    written: Sequence[Sequence[tuple[Field, Sequence[str]]]], idf: Mapping[str, float]
) -> dict[str, list[tuple[str, float]]]:
    """Word -> words found in another phrasing of the same entry, more often than chance, with how surely."""
    together: dict[str, Counter[str]] = defaultdict(Counter)
    having: Counter[str] = Counter()
    several = 0
    for texts in written:
        sets = [set(words) for _, words in texts[:RELATED_TEXTS_MAX]]
        if len(sets) < 2:
            continue
        several += 1
        having.update(set().union(*sets))
        pairs: dict[str, set[str]] = defaultdict(set)
        for one in sets:
            for other in sets:
                fresh = {word for word in other - one if len(word) > 1}
                for word in one if fresh else ():
                    pairs[word] |= fresh
        for word, others in pairs.items():
            together[word].update(others)
    related: dict[str, list[tuple[str, float]]] = {}
    for word, counts in together.items():
        found: list[tuple[str, float]] = []
        for answering, count in counts.items():
            lift = count * several / (having[word] * having[answering])
            if count >= RELATED_MIN and lift > RELATED_LIFT:
                found.append((answering, count / (having[word] + 2) * min(1.0, math.log(lift) / 3)))
        if found:
            related[word] = sorted(found, key=lambda one: -one[1] * idf[one[0]])[:RELATED_MAX]
    return related
