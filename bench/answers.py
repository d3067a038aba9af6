"""How often the matcher finds what was asked, against plain BM25 over pairs of characters, in the same run.

    ./dev bench answers [FILE] [--entries 10000]

FILE holds a question a line as JSON: qid, question, standard_id, standard_question, and, if there is one, answer.
Half of the questions are indexed beside all standard questions, the other half is asked; then the halves change
places, so that nothing fits one half only. Printed are the shares found first and among the first five, what the
verdict would have done, and milliseconds a question, also among so many entries made by blending questions.
"""

import argparse
import json
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qiao.knowledge import Entry, Index, verdict
from qiao.knowledge.splitting import folded

DEFAULT = Path(__file__).parents[2] / "shared/data/unionpay_faq/faq_even.jsonl"
Rank = Callable[[str], list[str]]
Row = dict[str, Any]


def main() -> None:
    """Read the words of the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="./dev bench answers")
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--entries", type=int, default=10_000)
    words = parser.parse_args()
    if not words.file.is_file():
        raise SystemExit(f"{words.file} is not there; name a file of questions")
    rows = [json.loads(line) for line in words.file.read_text("utf-8").splitlines() if line.strip()]
    print(f"{len(rows)} questions about {len({row['standard_id'] for row in rows})} things, from {words.file.name}")
    ours, plain = [], []
    for asked_half in (0, 1):
        indexed, asked = halves(rows, asked_half)
        index = Index(entries_of(rows, indexed))
        baseline = plain_bm25(rows, indexed)
        began = time.perf_counter()
        found = measured(lambda text: [match.entry.id for match in index.ask(text, limit=10)], asked)  # noqa: B023
        took = (time.perf_counter() - began) / len(asked) * 1000
        peer = measured(baseline, asked)
        ours.append(found)
        plain.append(peer)
        print(f"half {asked_half + 1}: {shown(found)}, {took:.1f} ms each; pairs of characters alone: {shown(peer)}")
        print(f"        verdicts: {verdicts(index, asked)}")
    print(f"both halves: {shown(mean(ours))}; pairs of characters alone: {shown(mean(plain))}")
    better = [mine / theirs for mine, theirs in zip(mean(ours), mean(plain), strict=True)]
    print(f"ratio to the plain one: hit@1 {better[0]:.2f}, hit@5 {better[1]:.2f}, MRR {better[2]:.2f}")
    print(among_many(rows, words.entries))


def halves(rows: list[Row], asked_half: int) -> tuple[list[Row], list[Row]]:
    """(indexed, asked): every other question by the order of its qid."""
    order = {qid: place for place, qid in enumerate(sorted({row["qid"] for row in rows}))}
    asked = [row for row in rows if order[row["qid"]] % 2 == asked_half]
    return [row for row in rows if order[row["qid"]] % 2 != asked_half], asked


def entries_of(rows: list[Row], indexed: list[Row]) -> list[Entry]:
    """An entry for each standard question, known also by the indexed phrasings."""
    phrasings = defaultdict(list)
    for row in indexed:
        phrasings[row["standard_id"]].append(row["question"])
    standard = {row["standard_id"]: row for row in rows}
    return [
        Entry(str(key), "faq", (row["standard_question"],), tuple(phrasings[key]), row.get("answer", ""))
        for key, row in standard.items()
    ]


def plain_bm25(rows: list[Row], indexed: list[Row], k1: float = 1.2, b: float = 0.75) -> Rank:
    """The peer: BM25 over pairs of characters, each text a document, an entry as good as its best."""
    standard = {row["standard_id"]: row["standard_question"] for row in rows}
    written = [*standard.items(), *((row["standard_id"], row["question"]) for row in indexed)]
    documents = [(str(key), pairs(text)) for key, text in written]
    mean_length = sum(len(words) for _, words in documents) / len(documents)
    having: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for key, words in documents:
        for word, count in Counter(words).items():
            long = k1 * (1 - b + b * len(words) / mean_length)
            having[word].append((f"{key}/{id(words)}", count * (k1 + 1) / (count + long)))

    def rank(text: str) -> list[str]:
        scores: dict[str, float] = defaultdict(float)
        for word in set(pairs(text)):
            found = having.get(word, [])
            idf = math.log(1 + (len(documents) - len(found) + 0.5) / (len(found) + 0.5))
            for document, weight in found:
                scores[document] += idf * weight
        ordered = sorted(scores, key=scores.__getitem__, reverse=True)
        return list(dict.fromkeys(document.partition("/")[0] for document in ordered))[:10]

    return rank


def pairs(text: str) -> list[str]:
    """Pairs of neighbouring characters, without punctuation."""
    plain = "".join(one for one in folded(text) if one.isalnum())
    return [plain[at : at + 2] for at in range(len(plain) - 1)] or [plain]


def measured(rank: Rank, asked: list[Row]) -> tuple[float, float, float]:
    """hit@1, hit@5 and the mean reciprocal rank among the first ten."""
    first = five = reciprocal = 0.0
    for row in asked:
        found = rank(row["question"])
        place = found.index(str(row["standard_id"])) if str(row["standard_id"]) in found else None
        first += place == 0
        five += place is not None and place < 5
        reciprocal += 1 / (place + 1) if place is not None else 0.0
    return first / len(asked), five / len(asked), reciprocal / len(asked)


def mean(found: list[tuple[float, float, float]]) -> tuple[float, ...]:
    """The mean of each figure over the halves."""
    return tuple(sum(one) / len(found) for one in zip(*found, strict=True))


def shown(found: tuple[float, ...]) -> str:
    """The three figures for people."""
    return f"hit@1 {found[0]:.3f}, hit@5 {found[1]:.3f}, MRR {found[2]:.3f}"


def verdicts(index: Index, asked: list[Row]) -> str:
    """What would have been done with each question, and how often that was right."""
    told: Counter[tuple[str, bool]] = Counter()
    for row in asked:
        matches = index.ask(row["question"])
        among = str(row["standard_id"]) in [match.entry.id for match in matches]
        said = verdict(matches)
        told[said, matches[0].entry.id == str(row["standard_id"]) if said == "answer" and matches else among] += 1
    return (
        f"answered {told['answer', True]} rightly and {told['answer', False]} wrongly, "
        f"offered a choice {told['choose', True]} times with the right one and {told['choose', False]} without, "
        f"handed over {told['nothing', True] + told['nothing', False]}"
    )


def among_many(rows: list[Row], count: int) -> str:
    """Milliseconds a question among many entries, blended from halves of questions (fixed seed)."""
    chance = random.Random(7)
    questions = [row["question"] for row in rows]

    def blend() -> str:
        one, other = str(chance.choice(questions)), str(chance.choice(questions))
        return one[: len(one) // 2] + other[len(other) // 2 :]

    began = time.perf_counter()
    index = Index(Entry(str(number), "faq", (blend(),), (blend(),)) for number in range(count))
    built = time.perf_counter() - began
    took = []
    for question in questions[:400]:
        began = time.perf_counter()
        index.ask(question)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    middle, last = took[len(took) // 2], took[int(len(took) * 0.99)]
    return f"among {count} entries: {middle:.1f} ms a question (p99 {last:.1f}); made ready in {built:.1f} s"


if __name__ == "__main__":
    main()
