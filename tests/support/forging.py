"""A forger of records: changes one value of each kind, and mends whatever it can compute without anybody's key."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from eth_utils.crypto import keccak

from cofund.campaign import verify as verifying
from cofund.training.deliveries import deliveries_from_rows, leaf

Path = tuple[str | int, ...]


@contextmanager
def executed_once(chains: dict[Any, Any]) -> Iterator[None]:
    """Verification executes the same transactions once, and reads their receipts and the contract's views once.

    Args:
        chains: by the transactions on them; kept between tests. A forger who changes no transaction changes no chain.
    """
    executed = verifying.re_executed

    def once_executed(evidence: Any) -> Any:
        if evidence.transactions not in chains:
            node = chains[evidence.transactions] = executed(evidence)
            node.logs, node.call = cache(node.logs), cache(node.call)
        return chains[evidence.transactions]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verifying, "re_executed", once_executed)
        yield


def kinds(record: dict[str, Any]) -> dict[str, list[Path]]:
    """Kind of a value, such as ``deliveries[].reason`` -> where its values are."""
    found: dict[str, list[Path]] = {}
    for path in _leaves({name: section for name, section in record.items() if name != "lines"}, ()):
        found.setdefault(kind_of(path), []).append(path)
    return found


def kind_of(path: Path) -> str:
    """Keys joined by points, positions left out; the names of edges in an outcome's objects are no kinds."""
    text = "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    return re.sub(r"^outcome\.(edge_cutoffs|prices)\..*", r"outcome.\1.*", text)


def forged(record: dict[str, Any], path: Path) -> dict[str, Any]:
    """A copy with another value of the same type there; digests that anybody can compute are computed again."""
    copy = json.loads(json.dumps(record))
    copy.pop("lines", None)
    *way, last = path
    place: Any = copy
    for step in way:
        place = place[step]
    place[last] = _other(place[last])
    if path[0] == "deliveries" and last != "leaf" and place["leaf"]:
        _mend(place)
    if path[0] == "transactions" and last == "raw":
        place["hash"] = f"0x{keccak(hexstr=place['raw']).hex()}"
    return copy


def _mend(row: dict[str, Any]) -> None:
    (delivery,) = deliveries_from_rows([{name: value for name, value in row.items() if name != "leaf"}])
    row["leaf"] = leaf(delivery).hex()


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _leaves(each, (*path, at))
    else:
        yield path


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.001
    if value is None:
        return "x"
    digits = [at for at, sign in enumerate(value) if sign in "0123456789"]
    if not digits:
        return f"{value}x"
    at = digits[-1]
    return value[:at] + str((int(value[at]) + 1) % 10) + value[at + 1 :]
