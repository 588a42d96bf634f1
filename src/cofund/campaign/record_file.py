"""A record as a file: its sections, read without surprises."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError
from cofund.market.document import RECORD, Field, read_document

SECTIONS: Final = (
    "schema",
    "campaign",
    "openings",
    "instance",
    "outcome",
    "rounds",
    "roots",
    "gains",
    "books",
    "payments",
    "conservation",
    "gas",
    "terms",
    "deliveries",
)
"""Of a campaign at any phase."""

EVIDENCE: Final = ("alone", "releases", "transactions", "lines")
"""What a record has besides."""


def sections(record: dict[str, Any], where: str = "record") -> dict[str, Field]:
    """Each by its name.

    Raises:
        InputError: naming the one that is missing, or is none.
    """
    return Field(where, "", record).members(SECTIONS, EVIDENCE)


def load_record(path: Path) -> dict[str, Any]:
    """The record in a file.

    Raises:
        InputError: in one line, if it is not one.
    """
    document = read_document(str(path), RECORD)
    document.members(SECTIONS, EVIDENCE)
    record: dict[str, Any] = document.plain()
    return record


@contextmanager
def whole_record(path: Path) -> Iterator[None]:
    """Around whatever reads a record of somebody else's: where a value has another form, the file is refused.

    Raises:
        InputError: in one line.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError) as error:
        said = f"{type(error).__name__}: {error}"[:200]
        raise InputError(str(path), "", f"expected a whole record ({said})") from error
