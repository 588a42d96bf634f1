"""Say how far the random campaigns of `make forge` got: build/runs.csv, one line for every run."""

import csv
import sys
from collections import Counter
from pathlib import Path

RUNS = Path(__file__).parent / "build" / "runs.csv"
STATUS = {"1": "open", "2": "unfunded", "4": "cancelled", "8": "training", "16": "closed"}


def main() -> None:
    """Per kind of campaign: runs, where its last move left it, calls that the contract accepted and refused."""
    ends: dict[str, Counter[str]] = {}
    calls: Counter[tuple[str, str]] = Counter()
    for kind, status, refused, *accepted in csv.reader(RUNS.read_text().splitlines()):
        ends.setdefault(kind, Counter())[STATUS[status]] += 1
        calls[kind, "accepted"] += sum(map(int, accepted))
        calls[kind, "refused"] += int(refused)
    for kind, counted in sorted(ends.items()):
        left = ", ".join(f"{number} {status}" for status, number in counted.most_common())
        told = f"{calls[kind, 'accepted']} calls accepted, {calls[kind, 'refused']} refused"
        sys.stdout.write(f"{kind}: {told}; the last move left {left}\n")


if __name__ == "__main__":
    main()
