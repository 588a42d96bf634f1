"""A campaign with sealed books that trains: kits and stand-in by what edges tell of winners, claims, the audit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from cofund.errors import InputError
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OWNER, cofund
from parties import PLENTY
from trained import Listening, Trained, conductor, passing

pytestmark = pytest.mark.node


class SealedTrained(Trained):
    """Two clients at two edges; nobody opens a book."""

    def toml(self) -> str:
        return super().toml() + '\n[sealed]\nbooks = true\nstake = "10"\nabsence_window_s = 3600\n'

    def opens_all(self, operators: Sequence[Any] = EDGES) -> None:
        self.at(2)
        self.did(OWNER, "owner", "reveal")
        self.at(3)
        for operator in operators:
            self.did(operator, "edge", "quotes", "--out", self.folder / "shown")

    def call(self, function: str) -> tuple[int, str]:
        more = ("--books", self.folder / "shown") if function == "settle" else ()
        return cofund("campaign", function, self.address, *self.options(), *more)


def test_it_trains_signs_stands_in_pays_and_is_audited(tmp_path: Path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = SealedTrained(anvil, tmp_path)
        parties.settle()
        with pytest.raises(InputError, match=r"winners/0\.json: the store has no such artifact"):
            parties.assigned()
        for operator in EDGES:
            parties.did(operator, "edge", "winners")
        screen = Listening()
        assert conductor(parties, screen, passing(parties, 0)).run()
        assert screen.steps[-4:] == ["release models", "post deliveries", "close", "withdraw"]
        edges = [parties.campaign.view("edge", at)[1] for at in range(2)]
        assert [(edge[3], edge[8]) for edge in edges] == [(4, False), (4, True)], "stood in for at the second"
        verified = cofund("verify", parties.address, "-r", anvil.url, "--state", tmp_path / "stranger")
        assert "store: 8 client-rounds signed by edges, all of them recorded" in verified[1], verified
        for at, operator in enumerate(EDGES):
            parties.did(operator, "edge", "claim")
            assert parties.balance(CLIENTS[at]) > PLENTY
        record = tmp_path / "record.json"
        code, printed = cofund("campaign", "record", parties.address, "-r", anvil.url, "-o", record)
        assert code == 0, printed
        assert cofund("verify", record, "-r", anvil.url)[0] == 0
        books = [path for operator in EDGES for path in (parties.home(operator) / "backup").glob("*-book.json")]
        code, printed = cofund("audit", *books, "--record", record)
        assert (code, printed.count("agrees")) == (0, 6), printed
        parties.did(COORDINATOR, "coordinator", "refund")
