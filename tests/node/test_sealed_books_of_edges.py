"""Where the terms say that books stay sealed: every edge commits one, and a client checks its leaf with its path."""

import json
from pathlib import Path

import pytest

from anvil import Anvil
from operating import CLIENTS, EDGES, FLAGS, cofund
from parties import Parties

pytestmark = pytest.mark.node


class Sealed(Parties):
    """Parties whose books are never opened."""

    def toml(self) -> str:
        return super().toml() + '\n[sealed]\nbooks = true\nstake = "10"\nabsence_window_s = 3600\n'


def test_an_edge_commits_its_sealed_book_and_hands_out_leaves(tmp_path: Path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = Sealed(anvil, tmp_path)
        parties.accept()
        offers = tmp_path / "offers"
        offers.mkdir()
        for client, cost in zip(CLIENTS[:3], ("3", "5", "4"), strict=True):
            out = offers / f"{client.address}.json"
            parties.did(client, "client", "offer", "--edge", "north", "--cost", cost, "--out", out)
        before = parties.balance(EDGES[0])
        made = parties.did(EDGES[0], "edge", "book", "--offers", offers, "--once")
        assert [sent["call"] for sent in made["transactions"]] == ["approve", "commit book"]
        assert before - parties.balance(EDGES[0]) == 3 * 1000
        assert parties.did(EDGES[0], "edge", "book", "--offers", offers, "--once")["transactions"] == []
        places = {Path(path).stem: Path(path) for path in made["files"]}
        for client in CLIENTS[:3]:
            flags = ["-r", anvil.url, "--home", parties.home(client), "--terms", parties.published]
            place = places[client.address]
            code, printed = cofund("client", "check", parties.address, place, *flags)
            assert (code, "neither leave you out nor list you otherwise" in printed) == (0, True), printed
            wrong = tmp_path / "wrong.json"
            dearer = json.loads(place.read_text())
            wrong.write_text(json.dumps(dearer | {"cost": str(int(dearer["cost"]) + 1)}))
            assert cofund("client", "check", parties.address, wrong, *flags)[0] == 1
        parties.at(2)
        code, printed = parties.does(EDGES[0], "edge", "open")
        assert (code, "the terms say that books stay sealed" in printed) == (6, True), printed
