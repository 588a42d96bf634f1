"""The text of a record: JSON with one entry a line, so that a finding can name a line; every line has a checksum."""

import hashlib
import json
from typing import Any

CHECKSUM_DIGITS = 8


def render(record: dict[str, Any]) -> str:
    """The only text that a record has.

    A section that is an object or a list takes one line per entry. The last section, ``lines``, holds the first eight
    hex digits of the SHA-256 of every line before it. It finds the line that was changed by accident or by hand; that
    nobody changed everything consistently is shown by recomputation, not by checksums.
    """
    lines = ["{"]
    for key, value in record.items():
        lines += _section(key, value)
    checksums = ",".join(f'"{checksum(line)}"' for line in lines)
    return "\n".join([*lines, f' "lines": [{checksums}]', "}"]) + "\n"


def checksum(line: str) -> str:
    """First eight hex digits of the line's SHA-256."""
    return hashlib.sha256(line.encode("utf-8")).hexdigest()[:CHECKSUM_DIGITS]


def _section(key: str, value: Any) -> list[str]:
    if isinstance(value, dict) and value:
        entries, brackets = [f"  {_json(name)}: {_json(entry)}" for name, entry in value.items()], "{}"
    elif isinstance(value, list) and value:
        entries, brackets = [f"  {_json(entry)}" for entry in value], "[]"
    else:
        return [f" {_json(key)}: {_json(value)},"]
    inner = [entry + "," for entry in entries[:-1]] + entries[-1:]
    return [f" {_json(key)}: {brackets[0]}", *inner, f" {brackets[1]},"]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
