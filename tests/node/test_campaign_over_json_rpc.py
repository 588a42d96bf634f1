"""The same campaign code on a node over JSON-RPC: same market, same money, a record that verifies."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cofund.cli.main import cli

pytestmark = pytest.mark.node


def test_a_campaign_on_anvil_equals_the_embedded_one(anvil_url, tmp_path: Path, demo_record) -> None:
    folder = tmp_path / "anvil"
    run = CliRunner().invoke(cli, ["demo", "-r", anvil_url, "--out", str(folder), "--quiet"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    record = json.loads((folder / "record.json").read_text())
    for same in ("outcome", "instance", "gains", "conservation"):
        assert record[same] == demo_record[same]
    assert [row["model_digest"] for row in record["rounds"]] == [row["model_digest"] for row in demo_record["rounds"]]
    # every transaction is executed again by py-evm: same status and the same gas as anvil's receipts
    verified = CliRunner().invoke(cli, ["verify", str(folder / "record.json")], catch_exceptions=False)
    assert verified.exit_code == 0, verified.output


def test_a_node_that_does_not_answer_is_one_clear_line(tmp_path: Path, capsys, monkeypatch) -> None:
    from cofund.cli.main import main

    arguments = ["cofund", "demo", "-r", "http://127.0.0.1:1", "--out", str(tmp_path / "x")]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 5
    assert capsys.readouterr().err.startswith("error: http://127.0.0.1:1: no Ethereum node answers")
