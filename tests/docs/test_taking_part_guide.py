"""The guide for those who take part prints what it shows; between its sections time passes, and a round is trained."""

import json
import re
import shutil
from pathlib import Path

import pytest
from eth_account import Account
from test_docs import TAKING_PART, check_page

from anvil import Anvil
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS
from parties import OWNERS, SPONSOR, Parties

FOLDERS = {
    "owner": OWNERS[0],
    "client": CLIENTS[0],
    "edge": EDGES[0],
    "sponsor": SPONSOR,
    "coordinator": COORDINATOR,
}
SETTINGS = """rpc-url = "{url}"
account = "./keystore"        # a path, or a name in ~/.foundry/keystores
password-file = "./password"  # asked for at the terminal otherwise
home = "./home"               # openings, journals, indexes; ~/.local/share/cofund if not given
backup = "./backup"           # a second copy of openings: better on another disk
terms = "./terms.json"        # the published terms; checked against the digest on chain
"""


class Small(Parties):
    """One client is enough."""

    def toml(self) -> str:
        return super().toml().replace("cohort = 2", "cohort = 1")


@pytest.mark.node
def test_the_guide_for_those_who_take_part_runs(tmp_path: Path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = Small(anvil, tmp_path)
        for name, account in FOLDERS.items():
            folder = tmp_path / name
            folder.mkdir()
            keystore = Account.encrypt(account.key, "secret", kdf="pbkdf2", iterations=1000)
            (folder / "keystore").write_text(json.dumps(keystore))
            (folder / "password").write_text("secret\n")
            (folder / "cofund.toml").write_text(SETTINGS.format(url=anvil.url))
            shutil.copy(parties.published, folder / "terms.json")
        guide = TAKING_PART.read_text(encoding="utf-8")
        (shown,) = set(re.findall(r"0x[0-9a-fA-F]{40}", guide))  # another one with every change of the contracts
        for title, text in sections(guide.replace(shown, parties.address)):
            happens(parties, title)
            page = tmp_path / "section.md"
            page.write_text(text, encoding="utf-8")
            check_page(page, tmp_path)


def sections(text: str) -> list[tuple[str, str]]:
    """Titles of second level with what is below them."""
    parts = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def happens(parties: Parties, title: str) -> None:
    """What the guide says has happened before the section of this title."""
    if title == "Open what was sealed":
        parties.at(2)
    elif title == "After the settlement":
        parties.at(3)
        assert parties.call("settle")[0] == 0
        parties.campaign.send(COORDINATOR, "round", "record_round", 1, bytes(32), bytes(32), 0)
    elif title == "Get paid":
        parties.node.advance_to(parties.node.now() + 3600)
        rows = parties.deliver(0, {0: (CLIENTS[0], 1)}, 1)
        shutil.copy(rows, parties.folder / "client" / "north-1.json")
        shutil.copy(rows, parties.folder / "edge" / "north-1.json")
