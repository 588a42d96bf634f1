"""A torn, foreign or wrong file among handed-over openings kept all other offers sealed; their bonds were lost."""

import json
import os
from pathlib import Path

import pytest

from anvil import Anvil
from cofund.campaign.views import seat_at
from cofund.errors import InputError
from cofund.roles.desk import Desk
from cofund.roles.revealing import handed_over, loadable
from operating import CLIENTS, EDGES, FLAGS, OWNER, cofund
from parties import Parties

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def relayed(tmp_path_factory):
    """Two relayed offers in the reveal phase, the edge's desk, and the opening of the first."""
    folder = tmp_path_factory.mktemp("openings")
    with Anvil(FLAGS) as anvil:
        parties = Parties(anvil, folder)
        parties.accept()
        for at, client in enumerate(CLIENTS[:2]):
            signed = folder / f"signed-{at}.json"
            parties.did(client, "client", "offer", "--edge", "north", "--cost", 3 + at, "--relay", signed)
            parties.did(EDGES[0], "edge", "relay", signed)
        good = folder / "good.json"
        assert cofund("client", "backup", parties.address, good, "--home", parties.home(CLIENTS[0]))[0] == 0
        parties.at(2)
        desk = Desk(parties.campaign, EDGES[0], folder / "desk")
        yield desk, seat_at(desk.campaign, EDGES[0].address), json.loads(good.read_text())


BAD = {
    "torn": lambda _: "{not json",
    "empty": lambda _: "",
    "a list": lambda _: "[]",
    "not UTF-8": lambda _: b"\xff\xfe",
    "of another campaign": lambda known: known | {"campaign": "0x" + "11" * 20},
    "of another chain": lambda known: known | {"chain_id": 1},
    "of no client": lambda known: known | {"account": OWNER.address},
    "with a wrong salt": lambda known: known | {"account": CLIENTS[1].address},
    "of no account": lambda known: known | {"account": "somebody"},
    "of another edge": lambda known: known | {"edge": 1},
    "of an edge that is none": lambda known: known | {"edge": 2**70},
    "of a negative cost": lambda known: known | {"amount": "-3"},
    "a bid": lambda known: known | {"role": "owner"},
}


def written(path: Path, content) -> Path:
    content = json.dumps(content) if isinstance(content, dict) else content
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("what", BAD)
def test_the_bad_file_is_named_and_the_good_one_is_opened(relayed, what, tmp_path) -> None:
    desk, seen, known = relayed
    good = written(tmp_path / "good.json", known)
    bad = written(tmp_path / "bad.json", BAD[what](known))
    work = handed_over(desk, seen, [bad, good])
    assert [(call.function, len(call.arguments[0])) for call in work.calls] == [("reveal_offers", 1)]
    (line,) = work.says
    assert line.startswith(str(bad))
    with pytest.raises(InputError, match=r"bad\.json"):
        handed_over(desk, seen, [bad])


def test_a_folder_and_a_file_that_is_not_there_are_named_too(relayed, tmp_path) -> None:
    desk, seen, known = relayed
    good, folder = written(tmp_path / "good.json", known), tmp_path / "folder.json"
    folder.mkdir()
    work = handed_over(desk, seen, [folder, tmp_path / "gone.json", good])
    assert len(work.calls) == 1
    assert len(work.says) == 2


@pytest.mark.parametrize(
    "made",
    [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.touch() or os.truncate(path, 10**9)],
)
def test_a_file_that_never_ends_is_not_read(tmp_path: Path, made) -> None:
    made(tmp_path / "endless.json")
    loaded, (refused,) = loadable([tmp_path / "endless.json"])
    assert not loaded
    assert str(refused).endswith("expected a file of at most 100,000 bytes")
