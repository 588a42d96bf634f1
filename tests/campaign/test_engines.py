"""What cannot be started is one clear line, before anything is written or sent."""

import importlib.util
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from cofund.campaign import across_processes
from cofund.campaign.demo import air_quality_script
from cofund.campaign.engines import Assignment, in_process
from cofund.campaign.launch import cast_of
from cofund.campaign.watch import Silent
from cofund.errors import InputError
from cofund.running import engine_named, run_campaign
from cofund.training.engines.nvflare.layout import EdgeServer, Layout, dump_layout
from cofund.training.plan import Federation, Plan

CAST = cast_of(air_quality_script(), "engines")


def assignment(folder: Path, edge: str = "BB") -> Assignment:
    members = Federation(((edge, ("DEBB053",)),), {"DEBB053": None})
    return Assignment(folder, "air-quality", Plan(), members, (), 1, CAST.initiator.address, CAST.edges, Silent())


def test_an_engine_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    assert engine_named("in-process") is in_process
    with pytest.raises(InputError, match="expected in-process or nvflare, got ray"):
        run_campaign(air_quality_script(), tmp_path / "campaign", engine="ray")
    assert not (tmp_path / "campaign").exists()


def test_an_extra_that_is_missing_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"extra nvflare: it is not installed: pip install 'cofund\[nvflare\]'"):
        run_campaign(air_quality_script(), tmp_path / "campaign", engine="nvflare")
    assert not (tmp_path / "campaign").exists()


@pytest.mark.parametrize("edge", ["../BB", 'B"B', "B B"])
def test_a_name_that_no_kit_can_have_is_refused_before_kits_are_made(edge: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^campaign: "):
        across_processes._kits(assignment(tmp_path, edge))
    assert not list(tmp_path.iterdir())


def test_kits_of_another_training_and_ports_in_use_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(across_processes, "FREE_WITHIN_S", 0.2)
    (tmp_path / "kits" / "coordinator").mkdir(parents=True)
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        plan = Plan(timeout=across_processes.TIMEOUT_S)
        kept = Layout("air-quality", plan, f"localhost:{port}", (EdgeServer("BB", "localhost:1", ("DEBB053",)),))
        path = tmp_path / "kits" / "coordinator" / "training.toml"
        path.write_text(dump_layout(replace(kept, plan=replace(plan, seed=2))), encoding="utf-8")
        with pytest.raises(InputError, match="kits: expected the kits of this training; start in a new folder"):
            across_processes._kits(assignment(tmp_path))
        path.write_text(dump_layout(kept), encoding="utf-8")
        with pytest.raises(InputError, match=f"kits: port {port} is in use: end what listens there"):
            across_processes._kits(assignment(tmp_path))
