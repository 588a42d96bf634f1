"""Each kind of value in a record is proved: changed by a forger, it is refused, or it is listed as not proved."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cofund.campaign import verify as verifying
from cofund.campaign.record import NOT_PROVED, check_creation
from cofund.campaign.text import render
from cofund.chain.contract import decode_calls
from cofund.errors import CofundError
from forging import executed_once, forged, kinds

EVIDENCE = ("terms", "deliveries", "alone", "releases", "transactions", "gains")
"""Sections that are read when a record is computed again, besides ``campaign.execution``."""


@pytest.fixture(scope="module")
def written(demo_record_text: str) -> dict[str, Any]:
    return dict(json.loads(demo_record_text))


def is_evidence(kind: str) -> bool:
    return kind.partition(".")[0].removesuffix("[]") in EVIDENCE or kind == "campaign.execution"


def place_before_a_pause(written: dict[str, Any]) -> tuple[Any, ...]:
    """Of a time that the next block leaves open: others must stay before it."""
    times = [entry["timestamp"] for entry in written["transactions"]]
    pauses = [at for at, (before, after) in enumerate(itertools.pairwise(times)) if after - before > 1]
    return "transactions", pauses[len(pauses) // 2], "timestamp"


@pytest.fixture
def once() -> Iterator[None]:
    with executed_once({}):
        yield


@pytest.mark.usefixtures("once")
def test_each_kind_of_evidence_is_proved_or_named(written: dict[str, Any], demo_record_text: str) -> None:
    """A forger changes evidence, and writes the record that is computed from it."""
    believed = set()
    for kind, places in kinds(written).items():
        if is_evidence(kind) and not kind.startswith("terms."):
            with contextlib.suppress(Exception):  # which `verify` makes refusals of
                place = (
                    place_before_a_pause(written) if kind == "transactions[].timestamp" else places[len(places) // 2]
                )
                if verifying._computed_again(forged(written, place))[0] != demo_record_text:
                    believed.add(kind)
    assert believed == set(NOT_PROVED)


def test_each_kind_of_value_of_the_terms_is_under_the_digest_on_chain(written: dict[str, Any]) -> None:
    names = {written["campaign"]["factory"]: "CampaignFactory"}
    calls = decode_calls([entry["raw"] for entry in written["transactions"]], names)
    (created,) = (call for call in calls if call is not None and call.function == "create")
    check_creation(written["terms"], created)
    for kind, places in kinds(written).items():
        if kind.startswith("terms."):
            with pytest.raises((CofundError, ValueError, KeyError)):  # which `verify` makes refusals of
                check_creation(forged(written, places[-1])["terms"], created)


def test_what_is_computed_depends_on_evidence_alone(written: dict[str, Any], demo_record_text: str) -> None:
    """So that any change of it differs from what is computed again, which must be equal line by line."""
    changed = written
    for kind, places in kinds(written).items():
        if not is_evidence(kind):
            changed = forged(changed, places[0])
    assert render(changed).splitlines()[1] != demo_record_text.splitlines()[1]
    assert verifying._computed_again(changed)[0] == demo_record_text


def test_why_a_delivery_is_missing_is_under_the_root_of_its_round(written: dict[str, Any], tmp_path: Path) -> None:
    at = next(at for at, row in enumerate(written["deliveries"]) if not row["accepted"])
    path = tmp_path / "forged.json"
    path.write_text(render(forged(written, ("deliveries", at, "reason"))))
    with pytest.raises(CofundError, match=r"rounds\[\d+\]\.updates_root: not the root of the deliveries"):
        verifying.verify(path)
