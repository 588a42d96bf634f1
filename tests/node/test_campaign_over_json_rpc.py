"""The same campaign on a node over JSON-RPC that dies in between: same market, same money, a record that verifies."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from anvil import Anvil
from cofund.campaign.audit import recompute
from cofund.campaign.evidence import evidence_of
from cofund.campaign.onchain import find_creation
from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.sections import money_sections
from cofund.campaign.signed_rounds import signed_bitmaps
from cofund.chain.code import verify_campaign
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from cofund.cli.main import cli
from sent_notes import sent_notes

pytestmark = pytest.mark.node

COFUND = Path(sys.executable).parent / "cofund"
START = "1767225600"


def kill_the_node_during_a_demo(anvil: Anvil, folder: Path, lines: int) -> None:
    """kill -9 of the node when the journal has so many lines; the demo must say so and end."""
    command = [str(COFUND), "demo", "-r", anvil.url, "--out", str(folder), "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        journal = folder / "journal.jsonl"
        while not journal.exists() or journal.read_bytes().count(b"\n") < lines:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        anvil.kill()
        errors = process.stderr.read()
    assert process.returncode == 5, (lines, errors)
    assert errors.count("error: ") == 1, (lines, errors)


def test_a_campaign_on_anvil_equals_the_embedded_one(tmp_path: Path, demo_record) -> None:
    folder, lines = tmp_path / "anvil", random.randrange(20, 400)
    with Anvil(("--timestamp", START, "--state", str(tmp_path / "state.json"), "--state-interval", "1")) as anvil:
        kill_the_node_during_a_demo(anvil, folder, lines)
        anvil.start()  # without what it had not written to disk
        arguments = ["demo", "-r", anvil.url, "--out", str(folder), "--quiet"]
        run = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert run.exit_code == 0, (lines, run.output)
        record = json.loads((folder / "record.json").read_text())
        for same in ("outcome", "instance", "gains", "conservation"):
            assert record[same] == demo_record[same], lines
        models = [row["model_digest"] for row in demo_record["rounds"]]
        assert [row["model_digest"] for row in record["rounds"]] == models
        assert sent_notes(record) == sent_notes(demo_record), lines
        # executed again by py-evm and looked up on anvil: same status and the same gas in both
        arguments = ["verify", str(folder / "record.json"), "-r", anvil.url]
        verified = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert verified.exit_code == 0, (lines, verified.output)
        assert f"{len(demo_record['transactions'])} transactions found on the node" in verified.output
        check_from_the_address_alone(anvil, record, tmp_path)
        owners_fetch_their_models(anvil, folder, record)


def check_from_the_address_alone(anvil: Anvil, record, folder: Path) -> None:
    """What the chain shows of the campaign gives the settlement, the payments and the conservation of its record."""
    node, address = connect(anvil.url, Journal()), record["campaign"]["address"]
    created = find_creation(node, address, None, 0, folder / "state")
    made = recompute(node, verify_campaign(node, address, created.factory), created, folder / "state")
    ledger = made.books.ledger
    signed = signed_bitmaps(ledger, record["terms"], evidence_of(record).delivered)
    sections = money_sections(ledger, record["terms"], signed)
    assert {name: sections[name] for name in ("payments", "conservation")} == {
        name: record[name] for name in ("payments", "conservation")
    }
    ids = ids_by_account(record["terms"])
    winners = [ids[offer.client] for offer in ledger.offers if offer.winner]
    assert winners == [winner["id"] for winner in record["outcome"]["winners"]]
    assert [edge.price for edge in ledger.edges] == [int(price) for price in record["outcome"]["prices"].values()]


def owners_fetch_their_models(anvil: Anvil, folder: Path, record: dict[str, Any]) -> None:
    """Knowing the address, the node and their own secret; a stranger's secret opens nothing."""
    names = {owner["account"]: owner["id"] for owner in record["terms"]["owners"]}
    home = folder / "parties" / str(record["campaign"]["chain_id"]) / record["campaign"]["address"]
    address, key = record["campaign"]["address"], folder / "key.hex"
    command = [
        "owner",
        "model",
        address,
        "-r",
        anvil.url,
        "--key",
        str(key),
        "--state",
        str(folder / "state"),
        "--json",
    ]
    for entry in record["releases"]:
        key.write_text(secret_of(home, entry["owner"]))
        fetched = CliRunner().invoke(cli, [*command, "--store", str(folder / "store")], catch_exceptions=False)
        shown = json.loads(fetched.output)
        assert (shown["owner"], shown["level"]) == (names[entry["owner"]], entry["level"])
        assert shown["digest"] == record["rounds"][entry["level"] - 1]["model_digest"]
    for change, says in (
        ((folder / "store/releases.json").unlink, "the store has no such artifact"),
        ((folder / "store/terms.json").unlink, "the store has no such artifact"),
        (lambda: key.write_text("11" * 32), "no bid of this campaign carries the public key"),
        (lambda: key.write_text("a secret"), "expected the secret key of the bid, 64 hex digits"),
    ):
        change()
        error = CliRunner().invoke(cli, [*command, "--store", str(folder / "store")]).exception
        assert says in str(error)
    key.write_text(secret_of(home, record["releases"][0]["owner"]))
    assert "since none was announced on chain" in str(CliRunner().invoke(cli, command).exception)


def secret_of(home: Path, owner: str) -> str:
    return json.loads((home / owner / "owner-opening.json").read_text())["encryption_secret"]


def test_a_node_that_does_not_answer_is_one_clear_line(tmp_path: Path, capsys, monkeypatch) -> None:
    from cofund.cli.main import main

    arguments = ["cofund", "demo", "-r", "http://127.0.0.1:1", "--out", str(tmp_path / "x")]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 5
    assert capsys.readouterr().err.startswith("error: http://127.0.0.1:1: no Ethereum node answers")
