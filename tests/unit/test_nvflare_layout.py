"""The file of a training across machines: read back as written, and every mistake in it named."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cofund.cli.main import main
from cofund.errors import InputError
from cofund.training.engines.nvflare.kits import open_kit
from cofund.training.engines.nvflare.layout import EdgeServer, Layout, dump_layout, load_layout
from cofund.training.plan import Plan

LAYOUT = Layout(
    task="air-quality",
    plan=Plan(rounds=3, learning_rate=0.25, timeout=30.0),
    address="coordinator.example.org:8002",
    edges=(
        EdgeServer("BB", "bb.example.org:8002", ("DEBB053", "DEBB075")),
        EdgeServer("NI", "10.0.0.2:1", ("DENI019",)),
    ),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "training.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_layout_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    assert load_layout(written(tmp_path, dump_layout(LAYOUT))) == LAYOUT
    assert LAYOUT.edge_of("DENI019").id == "NI"
    assert LAYOUT.federation.clients == ("DEBB053", "DEBB075", "DENI019")


@pytest.mark.parametrize(
    ("found", "changed", "message"),
    [
        ('schema = "cofund.training/1"', "", "schema: cofund.training/1"),
        ('task = "air-quality"', "", "task: expected a value, but the field is missing"),
        ('task = "air-quality"', "task = 1", "task: expected a string, got 1"),
        ("rounds = 3", "rounds = 0", "plan.rounds: at least 1"),
        ("rounds = 3", 'rounds = "3"', "plan.rounds: expected an integer"),
        ("rounds = 3", "turns = 3", "plan.turns: unknown field; expected one of local_steps"),
        ("[coordinator]", "[coordinator]\nport = 1", "coordinator.port: unknown field; expected one of address"),
        ("coordinator.example.org:8002", "coordinator.example.org", "coordinator.address: expected host:port"),
        ("10.0.0.2:1", "10.0.0.2:70000", r"edges\[1\].address: expected host:port"),
        ('["DENI019"]', "[]", r"edges\[1\].clients: expected at least one"),
        ('["DENI019"]', '["../x"]', r"edges\[1\].clients\[0\]: expected letters, digits"),
        ('id = "NI"', 'id = "N/I"', r"edges\[1\].id: expected letters, digits"),
        ("DENI019", "DEBB053", "edges: every edge and every client once"),
        ("[plan]", "[plan", "a TOML file"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, found: str, changed: str, message: str) -> None:
    text = dump_layout(LAYOUT)
    assert text.count(found) == 1
    with pytest.raises(InputError, match=message):
        load_layout(written(tmp_path, text.replace(found, changed)))


def test_a_kit_of_another_role_and_no_kit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"kit\.json: a kit of `cofund kits`"):
        open_kit(tmp_path, "edge")
    (tmp_path / "kit.json").write_text('{"role": "client", "name": "DEBB053"}', encoding="utf-8")
    with pytest.raises(InputError, match="the kit of edge; this is that of client DEBB053"):
        open_kit(tmp_path, "edge")


def test_kits_are_not_made_over_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    pytest.importorskip("nvflare", reason="the extra nvflare is not installed")
    written(tmp_path, dump_layout(LAYOUT))
    monkeypatch.setattr("sys.argv", ["cofund", "kits", str(tmp_path / "training.toml"), "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"error: {tmp_path}: an empty folder, or none\n"


def test_the_commands_are_there() -> None:
    from cofund.cli.main import cli

    for role, does in (("coordinator", "rehearse"), ("coordinator", "run"), ("edge", "run"), ("client", "run")):
        assert CliRunner().invoke(cli, [role, does, "--help"]).exit_code == 0
