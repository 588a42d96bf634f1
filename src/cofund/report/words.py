"""Small words of a report: counts, spans of rounds, lists of names."""

from collections.abc import Sequence
from typing import Final

TIMES: Final = "\N{MULTIPLICATION SIGN}"
MINUS: Final = "\N{MINUS SIGN}"
NOTHING: Final = "\N{EN DASH}"
"""What a table shows where there is nothing to show."""


def many(count: int, noun: str) -> str:
    """``1 client``, ``2 clients``, ``no clients``."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun}s" if count else f"no {noun}s"


def span(first: int, last: int) -> str:
    """``round 9`` or ``rounds 9 to 14``."""
    return f"round {first}" if first == last else f"rounds {first} to {last}"


def listed(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    return " and ".join(part for part in (", ".join(names[:-1]), "".join(names[-1:])) if part)


def stamp(text: str) -> str:
    """``2026-01-08T12:00:05Z`` as ``2026-01-08 12:00:05``, which is UTC as all times here."""
    return text.replace("T", " ").removesuffix("Z")


def capital(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]
