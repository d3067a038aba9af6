"""The state machine for as long as one likes, each round with a fresh seed; a failure is shown as short as it gets.

    python -m tests.routing.heavy_machine [--rounds 20] [--seed 1999]

Not part of the tests: they take one short round with a fixed seed.
"""

import argparse
import random
import sys

from tests.routing.machine import run


def main() -> None:
    """So many rounds of 1,000 runs; stops at the first failure, which names its seed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, help="of the first round; others are fresh")
    options = parser.parse_args()
    chance = options.seed
    for _ in range(options.rounds):
        if chance is None:
            chance = random.SystemRandom().getrandbits(32)
        steps = run(runs=1000, chance=chance, shrink=True)
        sys.stdout.write(f"seed {chance}: {steps} steps hold\n")
        sys.stdout.flush()
        chance = None


if __name__ == "__main__":
    main()
