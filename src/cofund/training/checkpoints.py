"""One file a finished round, written so that a crash leaves either the whole file or none.

JSON, schema ``cofund.checkpoint/1``: model as base64 of its canonical bytes, digests as hex, deliveries with reasons.
"""

import json
from pathlib import Path
from typing import Final

from cofund.errors import CheckFailed, InputError
from cofund.market.document import parse_shallow
from cofund.training.deliveries import deliveries_from_rows, deliveries_to_rows
from cofund.training.hierfavg import Round
from cofund.training.metric import number_or_none
from cofund.training.model import from_base64, model_digest, to_base64
from cofund.whole_files import write_whole

SCHEMA: Final = "cofund.checkpoint/1"


def path_of(directory: Path, number: int) -> Path:
    """File of a round."""
    return directory / f"round-{number:04d}.json"


def save(directory: Path, finished: Round) -> Path:
    """Write ``round-0007.json``: to a temporary file first, flushed to the disk, then renamed."""
    text = json.dumps(_to_json(finished), indent=1, ensure_ascii=False) + "\n"
    return write_whole(path_of(directory, finished.number), text.encode())


def load(path: Path) -> Round:
    """Read a checkpoint and recompute its digests.

    Raises:
        InputError: not a checkpoint file.
        CheckFailed: model or deliveries are not those that the digests were taken of.
    """
    try:
        fields = parse_shallow(path.read_text(encoding="utf-8"))
        if fields["schema"] != SCHEMA:
            raise InputError(str(path), "schema", SCHEMA)
        finished, root = _from_json(fields), bytes.fromhex(fields["updates_root"])
    except OSError as error:
        raise InputError(str(path), "", f"cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise InputError(str(path), "", f"a checkpoint file ({SCHEMA})") from error
    if model_digest(finished.model) != finished.digest or _root(finished) != root:
        raise CheckFailed(f"{path}: model or deliveries do not have the recorded digests")
    return finished


def load_all(directory: Path) -> list[Round]:
    """All finished rounds in order; an empty list if there is none yet."""
    return [load(path) for path in sorted(directory.glob("round-*.json"))]


def latest(directory: Path) -> Round | None:
    """The last finished round: ``train_rounds(..., start=(found.number, found.model))`` goes on from it."""
    paths = sorted(directory.glob("round-*.json"))
    return load(paths[-1]) if paths else None


def _root(finished: Round) -> bytes | None:
    """The root of what is said to be deliveries; None if they cannot be leaves."""
    try:
        return finished.updates_root
    except Exception:  # noqa: BLE001 - an ABI has errors of its own
        return None


def _to_json(finished: Round) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "round": finished.number,
        "digest": finished.digest.hex(),
        "updates_root": finished.updates_root.hex(),
        "metric": finished.metric,
        "deliveries": deliveries_to_rows(finished.deliveries),
        "model": to_base64(finished.model),
    }


def _from_json(fields: dict[str, object]) -> Round:
    rows: list[dict[str, object]] = fields["deliveries"]  # type: ignore[assignment]
    return Round(
        number=int(fields["round"]),  # type: ignore[call-overload]
        model=from_base64(str(fields.pop("model"))),  # the text goes as soon as it is bytes
        digest=bytes.fromhex(str(fields["digest"])),
        deliveries=deliveries_from_rows(rows),
        metric=number_or_none(fields["metric"]),
    )
