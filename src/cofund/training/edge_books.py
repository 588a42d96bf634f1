"""What an edge keeps itself of every round: the updates it took, the result it handed on, and who delivered.

In the edge's own folder, so that nobody else's files are needed to compute its sums again or to sign what it saw:
``updates/round-0001.bin`` (``updates.py``, with its own clients and its own result only) and
``deliveries/round-0001.json``, schema ``cofund.edge-deliveries/1``. A round that is asked for again, because the
coordinator did not get the answer, is kept as it was answered last.
"""

import json
from pathlib import Path
from typing import Final

from cofund.errors import InputError
from cofund.market.document import parse_shallow
from cofund.training import updates
from cofund.training.deliveries import Delivery, deliveries_from_rows, deliveries_to_rows
from cofund.training.updates import KeptRound
from cofund.whole_files import write_whole

SCHEMA: Final = "cofund.edge-deliveries/1"
UPDATES: Final = "updates"
DELIVERIES: Final = "deliveries"


def keep(folder: Path, kept: KeptRound, deliveries: tuple[Delivery, ...]) -> None:
    """Keep a round before its result is handed on."""
    updates.save(folder / UPDATES, kept)
    keep_deliveries(folder, kept.number, deliveries)


def keep_deliveries(folder: Path, number: int, deliveries: tuple[Delivery, ...]) -> None:
    """Keep who delivered in a round, which is all that is needed to sign for it."""
    document = {"schema": SCHEMA, "round": number, "deliveries": deliveries_to_rows(deliveries)}
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / DELIVERIES / f"round-{number:04d}.json", text.encode())


def deliveries(folder: Path) -> dict[int, tuple[Delivery, ...]]:
    """By round, one delivery for every client of the edge.

    Raises:
        InputError: a file is not one that ``keep`` wrote.
    """
    found: dict[int, tuple[Delivery, ...]] = {}
    for path in sorted((folder / DELIVERIES).glob("round-*.json")):
        try:
            document = parse_shallow(path.read_text(encoding="utf-8"))
            fitting = document["schema"] == SCHEMA
            found[int(document["round"])] = deliveries_from_rows(document["deliveries"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(str(path), "", f"expected deliveries as an edge keeps them ({SCHEMA})") from error
        if not fitting:
            raise InputError(str(path), "schema", f"expected {SCHEMA}")
    return found
