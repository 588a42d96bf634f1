"""Where edges keep their clients' updates themselves, a replay reads their books and knows who signed what."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cofund.campaign.demo import air_quality_script
from cofund.campaign.edge_results import give_key, signer_in
from cofund.campaign.evidence import evidence_of
from cofund.campaign.launch import cast_of
from cofund.campaign.replay import replay
from cofund.campaign.sections import by_round
from cofund.campaign.workspace import KITS
from cofund.cli.main import cli
from cofund.errors import CheckFailed, InputError
from cofund.training import updates
from cofund.training.deliveries import Delivery
from cofund.training.updates import KeptResult, KeptRound

Edges = dict[str, Callable[[int, KeptResult, list[Delivery]], bytes]]


@pytest.fixture(scope="module")
def divided(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration as if every edge had kept its part: results signed with the edges' accounts, in their kits."""
    folder = tmp_path_factory.mktemp("divided")
    record = json.loads((demo_folder / "record.json").read_text())
    for name in ("record.json", "alone.json"):
        shutil.copy(demo_folder / name, folder)
    shutil.copytree(demo_folder / "checkpoints", folder / "checkpoints")
    seed = json.loads((demo_folder / "accounts.json").read_text())["seed"]
    for edge, account in cast_of(air_quality_script(), seed).edges.items():
        (folder / KITS / f"edge-{edge}").mkdir(parents=True)
        give_key(folder / KITS / f"edge-{edge}", account, record["campaign"]["chain_id"], record["campaign"]["address"])
    for number, deliveries in by_round(evidence_of(record).deliveries).items():
        divide(folder, updates.load(demo_folder / "updates", number), deliveries)
    return folder


def divide(folder: Path, kept: KeptRound, deliveries: list[Delivery]) -> None:
    results = []
    for result in kept.results:
        results.append(signed(folder, kept.number, result, deliveries))
        clients = {delivery.client for delivery in deliveries if delivery.edge == result.edge}
        own = tuple(update for update in kept.updates if update.client in clients)
        updates.save(books(folder, result.edge), replace(kept, updates=own, results=(results[-1],)))
    updates.save(folder / "updates", replace(kept, updates=(), results=tuple(results)))


def signed(folder: Path, number: int, result: KeptResult, deliveries: list[Delivery]) -> KeptResult:
    sign = signer_in(folder / KITS / f"edge-{result.edge}")
    assert sign is not None
    return replace(result, signature=sign(number, result, [d for d in deliveries if d.edge == result.edge]))


def books(folder: Path, edge: str) -> Path:
    return folder / KITS / f"edge-{edge}" / "updates"


@pytest.fixture
def folder(divided: Path, tmp_path: Path) -> Path:
    return shutil.copytree(divided, tmp_path / "campaign")


def with_more(result: KeptResult) -> KeptResult:
    return replace(result, total=result.total + np.eye(1, result.total.size, 7, int)[0])


def test_everything_right_says_how_many_results_are_signed(folder: Path, demo_record: dict[str, Any]) -> None:
    edges = {(entry["round"], entry["edge"]) for entry in demo_record["deliveries"]}
    found = replay(demo_record, folder)
    assert found.signed == len(edges)
    assert found.updates == sum(entry["accepted"] for entry in demo_record["deliveries"]) * 2
    shown = CliRunner().invoke(cli, ["verify", str(folder / "record.json"), "--replay"], catch_exceptions=False)
    assert f"  {len(edges)} results signed by their edges, with their clients' deliveries\n" in shown.output


def test_a_result_that_the_coordinator_changed_is_the_coordinator_s(folder: Path, demo_record: dict[str, Any]) -> None:
    kept = updates.load(folder / "updates", 7)
    for change in (with_more, lambda result: replace(result, signature=b"")):
        updates.save(folder / "updates", replace(kept, results=(change(kept.results[0]), *kept.results[1:])))
        with pytest.raises(CheckFailed, match=rf"^round 7: coordinator: edge {kept.results[0].edge} did not sign"):
            replay(demo_record, folder)


def test_a_result_that_another_edge_signed_is_the_coordinator_s(folder: Path, demo_record: dict[str, Any]) -> None:
    """Only the account of the edge itself can be held to what it handed on."""
    kept, own = updates.load(folder / "updates", 7), by_round(evidence_of(demo_record).deliveries)[7]
    first, second = kept.results[:2]
    sign = signer_in(folder / KITS / f"edge-{second.edge}")
    stolen = replace(first, signature=sign(7, first, [each for each in own if each.edge == first.edge]))
    updates.save(folder / "updates", replace(kept, results=(stolen, *kept.results[1:])))
    with pytest.raises(CheckFailed, match=rf"^round 7: coordinator: edge {first.edge} did not sign"):
        replay(demo_record, folder)


def test_a_wrong_sum_that_the_edge_signed_is_the_edge_s(folder: Path, demo_record: dict[str, Any]) -> None:
    kept, own = updates.load(folder / "updates", 7), by_round(evidence_of(demo_record).deliveries)[7]
    wrong = signed(folder, 7, with_more(kept.results[0]), own)
    updates.save(folder / "updates", replace(kept, results=(wrong, *kept.results[1:])))
    with pytest.raises(CheckFailed, match=rf"^round 7: edge {wrong.edge}: what it handed on is not the sum"):
        replay(demo_record, folder)


def test_deliveries_that_an_edge_did_not_sign_are_the_coordinator_s(folder: Path, demo_record: dict[str, Any]) -> None:
    kept, own = updates.load(folder / "updates", 3), by_round(evidence_of(demo_record).deliveries)[3]
    other = [replace(delivery, samples=delivery.samples + 1) for delivery in own]
    wrong = signed(folder, 3, kept.results[2], other)
    updates.save(folder / "updates", replace(kept, results=(*kept.results[:2], wrong, *kept.results[3:])))
    with pytest.raises(CheckFailed, match=rf"^round 3: coordinator: edge {wrong.edge} did not sign .* deliveries"):
        replay(demo_record, folder)


def test_a_flipped_bit_in_the_books_of_an_edge_names_the_client(folder: Path, demo_record: dict[str, Any]) -> None:
    edge = updates.load(folder / "updates", 11).results[-1].edge
    path = updates.path_of(books(folder, edge), 11)
    kept, data = updates.load(books(folder, edge), 11), bytearray(path.read_bytes())
    values = kept.updates[0].change.size
    data[-values * (4 * len(kept.updates) + 8)] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckFailed, match=f"^round 11: client {kept.updates[0].client}: its updates do not have"):
        replay(demo_record, folder)


def test_an_update_of_another_edge_s_client_is_refused(folder: Path, demo_record: dict[str, Any]) -> None:
    first, second = (result.edge for result in updates.load(folder / "updates", 2).results[:2])
    kept, other = updates.load(books(folder, first), 2), updates.load(books(folder, second), 2)
    updates.save(books(folder, first), replace(kept, updates=(*kept.updates, *other.updates)))
    with pytest.raises(CheckFailed, match=f"^round 2: edge {first}: it keeps an update of {other.updates[0].client}$"):
        replay(demo_record, folder)


def test_books_that_are_missing_are_one_line_that_names_the_file(folder: Path, demo_record: dict[str, Any]) -> None:
    edge = updates.load(folder / "updates", 5).results[0].edge
    path = updates.path_of(books(folder, edge), 5)
    path.unlink()
    with pytest.raises(InputError) as error:
        replay(demo_record, folder)
    assert str(error.value) == f"{path}: expected the updates of round 5: there is no such file"


def test_an_edge_of_another_name_leads_nowhere(folder: Path, demo_record: dict[str, Any]) -> None:
    kept = updates.load(folder / "updates", 1)
    stranger = replace(kept.results[0], edge="../../../etc")
    updates.save(folder / "updates", replace(kept, results=(stranger, *kept.results[1:])))
    with pytest.raises(CheckFailed, match=r"^round 1: coordinator: edge \.\./\.\./\.\./etc did not sign"):
        replay(demo_record, folder)
