"""Parties of a small campaign, each with its own key and home, who use the commands that people use."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from cofund.campaign.delivery_rows import Deliveries, Row, deliveries_text, signed_root
from cofund.campaign.onchain import terms_on_chain
from cofund.chain.abi import events
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import Contract
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from hatch_build import compile_contract
from operating import CLIENTS, COORDINATOR, EDGES, OWNER, RICH, Operating, cofund

OWNERS = [OWNER, rehearsal_account("operating", "second owner")]
GUESTS = [rehearsal_account("cases", f"502 at a {what}") for what in ("send", "send that arrived", "receipt")]
"""Owners that a script outside the tests brings along."""
SPONSOR = rehearsal_account("operating", "sponsor")
EVERYBODY = [COORDINATOR, SPONSOR, *OWNERS, *EDGES, *CLIENTS]
PLENTY = 10**6
LISTED = "listed_owners = true  # whom a sponsor promises money\n"
TWO = "self.decimals = 2"
TOKEN = Path(__file__).parents[2] / "contracts" / "TestToken.vy"


@cache
def euro() -> str:
    """Creation code of the packaged token with the symbol EUR and two decimals."""
    text = TOKEN.read_text().replace('"rEUR"', '"EUR"').replace("self.decimals = 6", TWO)
    assert TWO in text
    with TemporaryDirectory() as folder:
        (Path(folder) / "Euro.vy").write_text(text)
        return str(compile_contract(Path(folder) / "Euro.vy")["bytecode"])


@dataclass
class Parties(Operating):
    """A campaign with a token of two decimals, a sponsor and bonds for edges.

    Args:
        willing: whether coordinator and sponsor accept by themselves in the last moment, in every campaign on the node:
            nothing can be opened without them.
    """

    willing: bool = True
    owner_ids: ClassVar[tuple[str, str]] = "owner-0", "owner-1"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.node.fund(account.address for account in EVERYBODY)
        self.token.send(RICH, "mint", "mint", [account.address for account in EVERYBODY], PLENTY)
        self.create()

    def money(self) -> Contract:
        return Contract(self.node, "TestToken", self.node.created(self.node.send(RICH, None, euro(), "deploy EUR")))

    def toml(self) -> str:
        match = f'goal = 2\nsponsor = "{SPONSOR.address}"\nmatch = 100_000_000'
        return (
            super()
            .toml()
            .replace('tick = "10"', 'tick = "10"\nunit = "EUR"\ndecimals = 2')
            .replace("goal = 2", match)
            .replace('owner = "50"', 'owner = "50"\nedge = "70"')
            .replace("veto_window_s = 0", "veto_window_s = 3600")
            .replace("goal = 2\n", f"goal = 2\n{LISTED}")
        ) + self.listed()

    def listed(self) -> str:
        """The list of owners: a sponsor promises money to no others."""
        names = [*self.owner_ids, *(f"guest-{at}" for at in range(len(GUESTS)))]
        rows = zip(names, [*OWNERS, *GUESTS], strict=True)
        return "".join(f'\n[[owners]]\nid = "{name}"\naccount = "{owner.address}"\n' for name, owner in rows)

    def completed(self, text: str) -> str:
        """With the list of owners that a test has added, if there is one, instead of this one."""
        without = text.replace(LISTED, "")
        return without.replace(self.listed(), "") if "listed_owners" in without else text

    def at(self, day: int) -> None:
        """Midnight of January ``day``, 2026."""
        if self.willing:
            self.accept_late()
        super().at(day)

    def accept_late(self) -> None:
        """Coordinator and sponsor lock what they must wherever it is missing and still possible."""
        node = connect(self.anvil.url, Journal())  # which knows no nonces of blocks that were taken back
        (topic,) = (topic for topic, entry in events("CampaignFactory").items() if entry["name"] == "CampaignCreated")
        for log in node.web3.eth.get_logs({"fromBlock": 0, "topics": [topic]}):
            campaign = Contract(node, "Campaign", node.web3.to_checksum_address(log["topics"][1][-20:]))
            terms = terms_on_chain(campaign)
            if node.now() >= terms["commit_end"]:
                continue
            if terms["coordinator"] == COORDINATOR.address and not campaign.view("coordinator_bonded"):
                self.lock(COORDINATOR, campaign, "post_coordinator_bond")
            if terms["sponsor"] == SPONSOR.address and not campaign.view("sponsor_locked"):
                self.lock(SPONSOR, campaign, "lock_sponsorship")

    def lock(self, account: Any, campaign: Contract, function: str) -> None:
        token = Contract(campaign.node, "TestToken", self.token.address)
        token.send(account, "approve", "approve", campaign.address, PLENTY)
        campaign.send(account, function, function)

    def home(self, account: Any) -> Path:
        return self.folder / "homes" / account.address

    def flags(self, account: Any, *, agree: bool = True) -> list[object]:
        home = self.home(account)
        common = ["-r", self.anvil.url, "--home", home, "--terms", self.published]
        return [*common, "--private-key", account.key.hex(), "--backup", home / "backup", *(["-y"] if agree else [])]

    @property
    def published(self) -> Path:
        return self.folder / "state" / str(self.node.chain_id) / self.address / "terms.json"

    def does(self, account: Any, role: str, action: str, *more: object) -> tuple[int, str]:
        return cofund(role, action, self.address, *more, *self.flags(account), "-q")

    def did(self, account: Any, role: str, action: str, *more: object) -> dict[str, Any]:
        code, printed = self.does(account, role, action, *more, "--json")
        assert code == 0, printed
        return json.loads(printed.splitlines()[-1])

    def status_of(self, account: Any, role: str) -> dict[str, Any]:
        flags = ["-r", self.anvil.url, "--home", self.home(account), "--as", account.address, "--json"]
        code, printed = cofund(role, "status", self.address, *flags)
        assert code == 0, printed
        return json.loads(printed)

    def next_of(self, account: Any, role: str) -> list[str]:
        return [step["action"] for step in self.status_of(account, role)["next"]]

    def balance(self, account: Any) -> int:
        return self.token.view("balanceOf", account.address)

    def held(self) -> int:
        return self.token.view("balanceOf", self.address)

    def sent(self, account: Any) -> int:
        return self.node.web3.eth.get_transaction_count(account.address)

    def accept(self) -> None:
        """Coordinator, sponsor and edges lock what they must."""
        self.did(COORDINATOR, "coordinator", "bond")
        self.did(SPONSOR, "sponsor", "lock")
        for operator in EDGES:
            self.did(operator, "edge", "bond")

    def deliver(self, edge: int, places: dict[int, tuple[Any, int]], up_to: int) -> Path:
        """An edge signs rows of (client, bitmap) by place, of all its winners; the file that it publishes."""
        start, _ = self.books.view("section", edge)
        rows = tuple(Row(client.address, bitmap) for _, (client, bitmap) in sorted(places.items()))
        deliveries = Deliveries(self.node.chain_id, self.address, edge, start, up_to, rows)
        self.campaign.send(EDGES[edge], "root", "post_deliveries", *signed_root(deliveries, EDGES[edge]))
        path = self.folder / f"edge-{edge}-{up_to}.json"
        path.write_text(deliveries_text(deliveries), encoding="utf-8")
        return path
