"""``cofund verify`` accepts what a campaign wrote and names the line when anything in it is changed."""

import json
import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cofund.campaign.sections import payments_section
from cofund.campaign.text import render
from cofund.cli.main import cli
from cofund.errors import CheckFailed
from cofund.training.deliveries import Delivery, leaf
from forging import executed_once
from scenario import Scenario
from twin import COORDINATOR, INITIATOR


def run(path: Path) -> str:
    """The finding, or an empty text if the record is verified."""
    result = CliRunner().invoke(cli, ["verify", str(path)])
    if result.exception is None:
        return ""
    assert isinstance(result.exception, CheckFailed), result.exception
    assert result.exception.exit_code == 1
    return str(result.exception)


def test_the_record_of_the_demo_is_verified(demo_record_path) -> None:
    assert run(demo_record_path) == ""


def test_what_is_still_owed_counts_as_what_an_account_has() -> None:
    """Before anybody withdraws, nets add up to what the contract holds and owes nobody yet."""
    twin = Scenario().settled()
    terms = {"initiator": INITIATOR, "coordinator": COORDINATOR, "market": {"sponsor": ""}}
    rows = payments_section(twin.ledger, terms | {"edges": [], "owners": [], "clients": []})
    owed = twin.ledger.owed().total()
    assert owed == sum(int(row["still_owed"]) for row in rows) > 0
    assert sum(int(row["net"]) for row in rows) == owed - twin.ledger.held()


def test_whoever_is_paid_or_owed_has_a_row_although_nobody_named_it_and_it_locked_nothing() -> None:
    """A client, which locks no bond; the token moves nothing to the second."""
    ledger = Scenario().settled().ledger
    ledger.refused_by_token.add("refused")
    ledger.pay("paid", 7)
    ledger.pay("refused", 8)
    terms = {"initiator": INITIATOR, "coordinator": COORDINATOR, "market": {"sponsor": ""}}
    rows = {row["account"]: row for row in payments_section(ledger, terms | {"edges": [], "owners": [], "clients": []})}
    assert [rows["paid"][name] for name in ("deposited", "received", "still_owed", "net")] == ["0", "7", "0", "7"]
    assert [rows["refused"][name] for name in ("deposited", "received", "still_owed", "net")] == ["0", "0", "8", "8"]


def test_the_text_of_a_record_is_the_only_one(demo_record, demo_record_text) -> None:
    demo_record.pop("lines")
    assert render(demo_record) == demo_record_text


def test_one_changed_digit_anywhere_is_found_and_its_line_named(demo_record_text, tmp_path) -> None:
    lines = demo_record_text.splitlines()
    with_digits = [number for number, line in enumerate(lines[:-2]) if re.search(r"\d", line)]
    sections = {number for number in with_digits if lines[number].startswith(' "')}
    draw = random.Random(7)
    for number in sorted(sections | set(draw.sample(with_digits, 150)) | set(with_digits[:60])):
        at = draw.choice([match.start() for match in re.finditer(r"\d", lines[number])])
        digit = str((int(lines[number][at]) + draw.randint(1, 9)) % 10)
        changed = lines[number][:at] + digit + lines[number][at + 1 :]
        path = tmp_path / "changed.json"
        path.write_text("\n".join([*lines[:number], changed, *lines[number + 1 :]]) + "\n")
        result = CliRunner().invoke(cli, ["verify", str(path)])
        finding = str(result.exception)
        # a digit of the schema makes it another kind of file, which is said instead
        assert f"line {number + 1}: changed" in finding or "cofund.record/3" in finding or "expected JSON" in finding


def test_a_changed_checksum_is_found(demo_record_text, tmp_path) -> None:
    lines = demo_record_text.splitlines()
    path = tmp_path / "changed.json"
    path.write_text("\n".join([*lines[:-2], lines[-2].replace("a", "b", 1), lines[-1]]) + "\n")
    assert "changed since the record was written" in run(path)


def gas(record) -> None:
    record["transactions"][50]["gas_used"] += 1


def block(record) -> None:
    record["transactions"][-1]["block"] += 1


def another_note(record) -> None:
    record["transactions"][60]["note"] = "commit offer: somebody"


def samples(record) -> None:
    entry = record["deliveries"][100]
    entry["samples"] += 1
    forged = Delivery(**{k: v for k, v in entry.items() if k != "leaf"} | {"digest": bytes.fromhex(entry["digest"])})
    entry["leaf"] = leaf(forged).hex()


def reason(record) -> None:
    missing = next(entry for entry in record["deliveries"] if not entry["accepted"])
    missing["accepted"] = True


def checkpoint(record) -> None:
    record["rounds"][4]["model_digest"] = record["rounds"][5]["model_digest"]


def charge(record) -> None:
    record["outcome"]["owners"][0]["charge"] = str(int(record["outcome"]["owners"][0]["charge"]) - 1)


def paid(record) -> None:
    record["payments"][5]["received"] = str(int(record["payments"][5]["received"]) + 1)


def gain(record) -> None:
    record["gains"][0]["funded"] = "better"


def level(record) -> None:
    record["gains"][0]["level"] += 1


def untrained(record) -> None:
    record["gains"][0]["untrained"] = "0.1000"


def fewer_sites(record) -> None:
    record["gains"].pop()


def metric(record) -> None:
    record["rounds"][4]["metric_ppb"] += 1


def terms(record) -> None:
    record["terms"]["market"]["goal"] += 1


def weight(record) -> None:
    record["terms"]["owners"][0]["name"] = "Somebody else"


FORGERIES = {
    gas: r"line \d+: transactions\[50\]: executed again",
    block: r"line \d+: transactions\[\d+\]",
    another_note: r"line \d+",
    samples: r"line \d+: rounds\[\d+\].updates_root",
    reason: r"line \d+: deliveries\[\d+\].leaf",
    checkpoint: r"line \d+: is .* recomputed",
    metric: r"line \d+: is .* recomputed",
    level: r"line \d+: is .* recomputed",
    untrained: r"line \d+: is .* recomputed",
    fewer_sites: "gains: expected a row",
    charge: r"line \d+: is .* recomputed",
    paid: r"line \d+: is .* recomputed",
    gain: r"line \d+: gains\[0\].funded: expected a metric",
    terms: "terms: not those that the campaign was created with",
    weight: "terms: not those that the campaign was created with",
}


@pytest.fixture(scope="module")
def chains():
    return {}


@pytest.fixture
def once(chains):
    with executed_once(chains):
        yield


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize(("forgery", "finding"), FORGERIES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_forger_who_mends_the_checksums_is_found(forgery, finding, demo_record, tmp_path) -> None:
    demo_record.pop("lines")
    forgery(demo_record)
    path = tmp_path / "forged.json"
    path.write_text(render(demo_record))
    assert re.search(finding, run(path))


MALFORMED = {
    "empty": b"",
    "binary": bytes(range(256)),
    "no json": b"{",
    "a list": b"[]",
    "another schema": json.dumps({"schema": "cofund.instance/1"}).encode(),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_a_file_that_is_no_record_is_one_clear_line(content, tmp_path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    error = CliRunner().invoke(cli, ["verify", str(path)]).exception
    assert error is not None
    assert error.exit_code == 2
    assert "\n" not in str(error)
    assert str(path) in str(error)
