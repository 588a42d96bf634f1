"""Each owner gets the checkpoint of its level from the store, and nobody else gets it from anything that is public."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from eth_utils.crypto import keccak

from cofund.campaign.published import publish_terms, read_deliveries, read_releases, read_round
from cofund.campaign.release import release_from
from cofund.campaign.store import Store, box_name
from cofund.campaign.verify import Verified
from cofund.cli.main import cli
from cofund.errors import CheckFailed, CofundError, InputError
from cofund.training import checkpoints
from cofund.training.model import as_model, model_digest, to_bytes


@pytest.fixture
def folder(demo_folder: Path, tmp_path: Path, demo_record: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demonstration's folder; its record was verified by other tests."""
    shutil.copytree(demo_folder, tmp_path / "demo")
    found = Verified(demo_record, 0, 0, 0, 0, 0, shared=False)
    monkeypatch.setattr("cofund.campaign.verify.verify", lambda *_: found)
    return tmp_path / "demo"


def fetch(folder: Path, owner: str, *options: object) -> tuple[int, str]:
    command = ["owner", "model", str(folder / "record.json"), "--owner", owner, *map(str, options)]
    result = CliRunner().invoke(cli, command)
    if isinstance(result.exception, CofundError):
        return result.exception.exit_code, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def buyers(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    names = {owner["account"]: owner["id"] for owner in record["terms"]["owners"]}
    return {names[entry["owner"]]: entry for entry in record["releases"]}


def test_every_owner_gets_the_checkpoint_of_its_level_and_what_it_reaches(folder, demo_record) -> None:
    for owner, entry in buyers(demo_record).items():
        code, printed = fetch(folder, owner, "--out", folder / "model.npz", "--json")
        assert code == 0, printed
        shown = json.loads(printed)
        assert shown["level"] == entry["level"]
        with np.load(folder / "model.npz") as arrays:
            model = as_model([arrays[name] for name in sorted(arrays)])
        assert model_digest(model).hex() == demo_record["rounds"][entry["level"] - 1]["model_digest"] == shown["digest"]
        funded = [float(row["funded"]) for row in demo_record["gains"] if row["owner"] == owner]
        assert float(shown["value"]) == pytest.approx(sum(funded) / len(funded), abs=1e-4)


def test_nothing_that_is_public_has_a_model(demo_folder, demo_record) -> None:
    public = [path for path in (demo_folder / "store").rglob("*") if path.is_file()]
    texts = [path.read_bytes() for path in (demo_folder / "record.json", demo_folder / "report.html", *public)]
    assert len(public) > len(demo_record["releases"])
    for row in demo_record["rounds"]:
        model = checkpoints.load(checkpoints.path_of(demo_folder / "checkpoints", row["round"])).model
        last = to_bytes(model)[-300:]
        spelled = (last, last.hex().encode(), *(base64.b64encode(last[start:])[4:-4] for start in range(3)))
        assert not any(form in text for form in spelled for text in texts)


def without(box: Path) -> None:
    box.unlink()


def altered(box: Path) -> None:
    box.write_bytes(box.read_bytes()[:-1] + b"x")


def a_folder(box: Path) -> None:
    box.unlink()
    box.mkdir()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without, "the store has no such artifact"),
        (altered, "not the box that the coordinator committed to on chain"),
        (a_folder, "expected a file"),
    ],
)
def test_a_bad_box_is_one_line(change: Callable[[Path], None], says: str, folder, demo_record) -> None:
    owner, entry = next(iter(buyers(demo_record).items()))
    change(folder / "store" / box_name(entry["owner"]))
    code, printed = fetch(folder, owner)
    assert code in {1, 2}
    assert says in printed
    assert "\n" not in printed.strip()


def test_an_owner_that_bought_nothing_a_stranger_and_another_key_get_one_line_each(folder, demo_record) -> None:
    names = {owner["id"] for owner in demo_record["terms"]["owners"]}
    silent = min(names - set(buyers(demo_record)))
    assert "no model was released to it" in fetch(folder, silent)[1]
    assert "expected one of" in fetch(folder, "nobody")[1]
    owner, entry = min(buyers(demo_record).items())
    (kept,) = folder.glob(f"parties/*/*/{entry['owner']}/owner-opening.json")
    opening = json.loads(kept.read_text())
    kept.write_text(json.dumps(opening | {"encryption_secret": "11" * 32}))
    assert "not a box for this owner's key" in fetch(folder, owner)[1]
    kept.unlink()
    assert f"{kept}: not there: it holds the key of the model" in fetch(folder, owner)[1]


def test_a_box_with_another_model_is_found_out_although_the_coordinator_committed_to_it(folder, demo_record) -> None:
    owner, entry = next(iter(buyers(demo_record).items()))
    demo_record["rounds"][entry["level"] - 1]["model_digest"] = "00" * 32
    assert "the box holds another model than the one recorded on chain" in fetch(folder, owner)[1]


def test_the_lists_in_the_store_are_held_against_the_chain(folder, demo_record) -> None:
    store = Store(str(folder / "store"))
    releases = [release_from(entry) for entry in demo_record["releases"]]
    assert read_releases(store, [each.digest for each in releases]) == releases
    assert all(keccak(store.get(box_name(each.owner))) == each.digest for each in releases)
    with pytest.raises(CheckFailed, match="not the boxes"):
        read_releases(store, [bytes(32)] * len(releases))
    edges = [edge["id"] for edge in demo_record["terms"]["edges"]]
    where = demo_record["campaign"]["chain_id"], demo_record["campaign"]["address"]
    for row in demo_record["roots"]:
        found = read_deliveries(store, edges.index(row["edge"]), *where, bytes.fromhex(row["root"]))
        assert sum(map(int.bit_count, found.bitmaps)) == row["total"]
    with pytest.raises(CheckFailed, match="not what edge 0 signed last"):
        read_deliveries(store, 0, *where, bytes(32))
    path = folder / "store/deliveries/0.json"
    path.write_text(path.read_text().replace('"start": ', '"start": -1'))
    with pytest.raises(InputError, match="expected a position in a book"):
        read_deliveries(store, 0, *where, bytes(32))
    for entry in demo_record["rounds"]:
        assert read_round(store, entry["round"], bytes.fromhex(entry["updates_root"]))
    with pytest.raises(CheckFailed, match="not the deliveries that were recorded on chain for round 1"):
        read_round(store, 1, bytes(32))
    with pytest.raises(InputError, match="the terms of another campaign"):
        publish_terms(store, demo_record["terms"] | {"name": "another"})
