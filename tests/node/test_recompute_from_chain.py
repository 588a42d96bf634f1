"""``cofund verify ADDRESS`` recomputes a campaign on a chain that it shares, also what came through other contracts."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from anvil import RICH, Anvil
from campaign_days import WINNERS, Days
from cofund.campaign import verify as verifying
from cofund.campaign.delivery_rows import Deliveries, Row
from cofund.campaign.evidence import evidence_of
from cofund.campaign.from_chain import head
from cofund.campaign.published import publish_deliveries
from cofund.campaign.record import NOT_PROVED_OFFLINE, build_record
from cofund.campaign.store import Store
from cofund.campaign.text import render
from cofund.chain.abi import events
from cofund.chain.accounts import deliveries_message, offer_message, sign
from cofund.chain.contract import Contract, opening_arguments
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from cofund.market.sealing import BID, OFFER, Opening, seal
from deliveries import Tree
from forging import forged, kinds
from fresh import following, same
from hatch_build import compile_contract
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OFFERS, OWNER, START, Operating, cofund

pytestmark = pytest.mark.node
WALLETS = Path(__file__).parents[1] / "support" / "wallets"
NORTH, SOUTH = 0, 1


@dataclass
class Shared(Operating):
    """The north edge, an owner and whoever settles is a contract; accounts have sent other transactions before."""

    def __post_init__(self) -> None:
        super().__post_init__()
        compiled = compile_contract(WALLETS / "Wallet.vy")
        self.abi = self.node.web3.eth.contract(abi=compiled["abi"])
        self.wallet = self.node.created(self.node.send(RICH, None, compiled["bytecode"], "deploy"))
        for account in (RICH, OWNER, *CLIENTS):
            self.token.send(account, "noise", "mint", [account.address], 10**6)
        self.token.send(RICH, "noise", "mint", [COORDINATOR.address, EDGES[1].address, self.wallet], 10**6)
        text = self.toml().replace(EDGES[0].address, self.wallet).replace('owner = "50"', 'owner = "50"\nedge = "7"')
        self.terms.write_text(text)

    def through(self, *calls: tuple[str, Any]) -> None:
        """Calls of the campaign, or of the token, that the wallet makes in one transaction."""
        places = [self.token.address if name == "approve" else self.address for name, _ in calls]
        data = [
            HexBytes((self.token if name == "approve" else self.campaign).encode(name, *arguments))
            for name, arguments in calls
        ]
        self.node.send(RICH, self.wallet, self.abi.encode_abi("run", [places, data]), "run")

    def commit(self, bid: int = 100_000) -> None:
        chain_id = self.node.chain_id
        for account in (COORDINATOR, OWNER, EDGES[1], *CLIENTS):
            self.token.send(account, "approve", "approve", self.address, 2**256 - 1)
        self.bids = [Opening(OWNER.address, bid, 0, bytes(32)), Opening(self.wallet, bid // 2, 0, bytes(32))]
        self.offers = [
            Opening(client.address, cost, edge, bytes(32)) for client, (cost, edge) in zip(CLIENTS, OFFERS, strict=True)
        ]
        own, wallets = (seal(BID, chain_id, self.address, opening) for opening in self.bids)
        nothing = (bytes(32), 0, 0, bytes(32), bytes(32))
        relayed = []
        for client, opening in zip(CLIENTS[:3], self.offers[:3], strict=True):
            sealed = seal(OFFER, chain_id, self.address, opening)
            relayed.append(
                (client.address, sealed, *sign(client, offer_message(chain_id, self.address, NORTH, sealed)))
            )
        self.through(
            ("approve", (self.address, 2**256 - 1)),
            ("post_edge_bond", (NORTH,)),
            ("commit_bid", (wallets, bid, *nothing)),
            ("relay_offers", (NORTH, relayed)),
        )
        self.campaign.send(COORDINATOR, "bond", "post_coordinator_bond")
        self.campaign.send(EDGES[1], "bond", "post_edge_bond", SOUTH)
        self.campaign.send(OWNER, "bid", "commit_bid", own, 2 * bid, *nothing)
        for client, opening in zip(CLIENTS[3:], self.offers[3:], strict=True):
            self.campaign.send(client, "offer", "commit_offer", seal(OFFER, chain_id, self.address, opening))

    def reveal(self, silent: int | None = 4) -> None:
        assert silent == len(self.offers) - 1  # the last stays sealed
        self.at(2)
        self.campaign.send(RICH, "reveal", "reveal_bids", opening_arguments(self.bids[:1]))
        self.through(("reveal_bids", (opening_arguments(self.bids[1:]),)))
        self.campaign.send(RICH, "reveal", "reveal_offers", opening_arguments(self.offers[:2]))
        self.through(("reveal_offers", (opening_arguments(self.offers[2:4]),)))

    def settle(self) -> None:
        from cofund.campaign.creations import Created
        from cofund.campaign.operate import settlement

        self.at(3)
        made = Created(self.address, self.made["factory"], self.made["block"], self.made["transaction"])
        self.through(("settle", settlement(self.campaign, lambda: made, self.folder / "settle")))

    def train(self) -> None:
        self.campaign.send(COORDINATOR, "round", "record_round", 1, bytes(32), bytes(32), 0)
        self.campaign.send(COORDINATOR, "round", "record_round", 2, bytes(32), bytes(32), 0)
        self.at(5)
        self.through(("halt", ()))

    def post(self, edge: int, position: int, bitmap: int, signer: Any) -> Tree:
        tree = Tree({position: bitmap})
        message = deliveries_message(self.node.chain_id, self.address, edge, 2, tree.root, tree.total)
        r, vs = sign(signer, message)
        self.campaign.send(RICH, "post", "post_deliveries", edge, 2, tree.root, tree.total, r, vs)
        rows = tuple(Row(position, CLIENTS[position].address, bitmap) for position, bitmap in tree.bitmaps.items())
        publish_deliveries(Store(self.store), Deliveries(self.node.chain_id, self.address, edge, 2, rows))
        return tree

    def sign(self) -> None:
        """The north edge lets its window pass."""
        self.south = self.post(SOUTH, 3, 0b11, EDGES[1])
        self.node.advance_to(START + 5 * 86_400 + 60)
        self.north = self.post(NORTH, 0, 0b10, COORDINATOR)

    def pay(self) -> None:
        """Everything that is to be paid, partly through another contract, and the end."""
        client, proof = CLIENTS[0].address, self.north.proof(0)
        self.through(("claim", (client, 0b10, proof)), ("claim_edge_fee", (NORTH,)))
        self.campaign.send(RICH, "claim", "claim", CLIENTS[3].address, 0b11, self.south.proof(3))
        self.campaign.send(RICH, "bonds", "return_bonds", [CLIENTS[1].address, CLIENTS[2].address])  # logs nothing
        self.at(9)
        self.through(("close", ()), ("withdraw", ([self.wallet, OWNER.address, RICH.address],)))
        self.campaign.send(RICH, "withdraw", "withdraw", [COORDINATOR.address, EDGES[1].address])

    def record(self) -> Path:
        out = self.folder / "record.json"
        options = ["-r", self.anvil.url, "--state", self.folder / "state", "--out", out]
        code, printed = cofund("campaign", "record", self.address, *options)
        assert code == 0, printed
        return out

    @property
    def store(self) -> str:
        return f"file://{self.folder}/store"

    def verify(self, *more: object) -> tuple[int, str]:
        return cofund("verify", self.address, "-r", self.anvil.url, "--state", self.folder / "state", *more)

    def right(self, *says: str) -> None:
        code, printed = self.verify()
        assert code == 0, printed
        for words in says:
            assert words in printed, printed


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil(FLAGS) as running:
        yield running


@pytest.fixture(scope="module")
def shared(anvil: Anvil, tmp_path_factory) -> Shared:
    """A campaign in training, verified at every phase before; two rounds are recorded and both edges' roots posted."""
    campaign = Shared(anvil, tmp_path_factory.mktemp("shared"))
    campaign.made = campaign.create("--store", campaign.store)
    campaign.right("status open", "0 transactions with 0 events", "market: not settled")
    campaign.commit()
    campaign.right("0 of 2 bids and 0 of 5 offers", "1 transactions through other contracts", "1 changes that")
    campaign.reveal()
    campaign.right("2 of 2 bids and 4 of 5 offers", "5 openings not compared with a commitment")
    campaign.settle()
    campaign.right("status training", "market cleared again: 2 winners")
    campaign.train()
    campaign.sign()
    campaign.right("2 rounds recorded, 2 roots of 2 edges posted")
    return campaign


@contextmanager
def undone(shared: Shared) -> Iterator[Shared]:
    """What happens meanwhile is undone afterwards."""
    before = shared.anvil.ask("evm_snapshot")
    shared.node = connect(shared.anvil.url, Journal())  # which has no nonces of what was undone
    shared.token = Contract(shared.node, "TestToken", shared.token.address)
    yield shared
    shared.anvil.ask("evm_revert", before)


@pytest.fixture
def here(shared: Shared) -> Iterator[Shared]:
    with undone(shared) as campaign:
        yield campaign


@pytest.fixture(scope="module")
def record(shared: Shared) -> dict[str, Any]:
    """The record of the campaign at its end, without its checksums."""
    with undone(shared) as campaign:
        campaign.pay()
        document = json.loads(campaign.record().read_text())
    del document["lines"]
    return document


def test_everything_is_paid_through_another_contract(here: Shared) -> None:
    here.pay()
    here.token.send(RICH, "a gift", "transfer", here.address, 5)
    document = json.loads(here.verify("--json")[1])
    assert document["status"] == "closed"
    assert document["through_other_contracts"] == 7
    here.right("3 changes that the contract does not log", "0.000005 rEUR that nobody deposited lie there besides")


def test_a_record_of_a_shared_chain_is_compared_with_it(here: Shared) -> None:
    code, printed = cofund("campaign", "record", here.address, "-r", here.anvil.url, "--state", here.folder / "state")
    assert (code, "expected a campaign that is over, got status training" in printed) == (2, True)
    here.pay()
    file = here.record()
    here.token.send(RICH, "what came later", "transfer", here.address, 5)
    code, printed = cofund("verify", file)
    assert code == 0, printed
    assert "-r URL compares every transaction" in printed
    on_chain = ["-r", here.anvil.url, "--state", here.folder / "state"]
    code, printed = cofund("verify", file, *on_chain)
    assert code == 0, printed
    assert "transactions on the chain, none is missing" in printed
    evidence = evidence_of(json.loads(file.read_text()))
    last = evidence.seen[-1]
    shorter = replace(evidence, seen=evidence.seen[:-1], mined=evidence.mined[:-1])
    cheaper = replace(evidence, mined=(*evidence.mined[:-1], replace(evidence.mined[-1], gas_used=1)))
    early = replace(evidence, place=replace(evidence.place, block=last.block - 1))
    for wrong, says in (
        (shorter, f"transactions[{len(evidence.seen) - 1}]: the chain has {last.hash} there"),
        (cheaper, f"transactions[{len(evidence.seen) - 1}]: {last.hash} is otherwise on the chain"),
        (early, f"transactions[{len(evidence.seen) - 1}]: the chain does not have {last.hash} there"),
    ):
        file.write_text(render(build_record(wrong)))  # which fits together, so that it passes without the chain
        assert cofund("verify", file)[0] == 0
        code, printed = cofund("verify", file, *on_chain)
        assert code == 1, printed
        assert says in printed


def changed(record: dict[str, Any], *path: Any, by: Any) -> dict[str, Any]:
    """A record with one value of it replaced."""
    document: Any = json.loads(json.dumps(record))
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = by(place[path[-1]])
    return document


def test_a_record_of_a_shared_chain_says_what_it_lacks(record: dict[str, Any]) -> None:
    assert record["campaign"]["execution"] == "shared chain"
    assert record["campaign"]["absent"] == ["gains", "alone", "releases"]
    assert record["openings"][1]["commitment"] is not None  # opened by a call of the campaign after all


def logged(record: dict[str, Any], name: str) -> tuple[int, int]:
    """Where the last event of a kind is: its transaction, its place there."""
    return [
        (at, place)
        for at, entry in enumerate(record["transactions"])
        for place, event in enumerate(entry["events"])
        if event["name"] == name
    ][-1]


@pytest.mark.parametrize(
    ("name", "argument", "says"),
    [
        ("BidCommitted", "escrow", "the event BidCommitted says"),
        ("BidRevealed", "bid", "escrow"),
        ("OfferRevealed", "cost", "recomputed"),
        ("Settled", "round_cost", "the event Settled says"),
        ("RoundRecorded", "metric", "the event RoundRecorded says metric"),
        ("Halted", "rounds", "the event Halted says"),
        ("Closed", "spent", "the event Closed says"),
        ("Closed", "undelivered", "the event Closed says"),
        ("DeliveriesPosted", "total", "the event DeliveriesPosted says"),
        ("Paid", "amount", "unlogged: "),
    ],
)
def test_a_changed_event_of_a_record_is_named(
    record: dict[str, Any], tmp_path: Path, name: str, argument: str, says: str
) -> None:
    at, place = logged(record, name)
    path = ("transactions", at, "events", place, "arguments", argument)
    refused(changed(record, *path, by=lambda value: str(int(value) + 3)), tmp_path, says)


def refused(document: dict[str, Any], folder: Path, says: str) -> None:
    file = folder / "forged.json"
    file.write_text(render(document))
    code, printed = cofund("verify", file)
    assert code == 1, printed
    assert len(printed.splitlines()) == 1
    assert says in printed, printed


@pytest.mark.parametrize(
    ("path", "by", "says"),
    [
        (("payments", 0, "received"), lambda amount: str(int(amount) + 1), "recomputed"),
        (("rounds", 0, "metric_ppb"), lambda metric: metric + 1, "recomputed"),
        (("openings", 1, "salt"), lambda salt: salt[:-1] + "1", "recomputed"),
        (("terms", "market", "cohort"), lambda cohort: cohort + 1, "terms: not those"),
        (("deliveries", 0, "accepted"), lambda accepted: not accepted, "deliveries: not "),
        (("deliveries", 0, "samples"), lambda _: 7, "recomputed"),
        (("unlogged", "roles"), lambda _: [], "the event Settled says"),
        (("unlogged", "bonds"), lambda bonds: dict.fromkeys(bonds, False), "was paid more than it had"),
        (("transactions", 3, "raw"), lambda raw: raw[:-1] + ("1" if raw[-1] == "0" else "0"), "transactions[3].hash"),
        (("campaign", "address"), lambda _: RICH.address, "transaction 0x"),
        (("campaign", "execution"), lambda _: "own chain", "cannot be recomputed"),
    ],
)
def test_one_changed_value_of_a_record_is_named(
    record: dict[str, Any], tmp_path: Path, path: tuple[Any, ...], by: Any, says: str
) -> None:
    refused(changed(record, *path, by=by), tmp_path, says)


@pytest.mark.parametrize("directly", [True, False])
def test_a_bond_that_was_lost_before_a_late_claim(here: Shared, directly: bool) -> None:
    """The edge posted it, three windows passed, anybody makes it the owners'; then the client claims its rounds."""
    here.at(9)
    if directly:
        here.campaign.send(RICH, "bonds", "return_bonds", [CLIENTS[0].address])
    else:
        here.through(("return_bonds", ([CLIENTS[0].address],)))
    assert here.campaign.view("credit", RICH.address) == 1000  # of the offer left sealed
    assert here.campaign.view("lost_bonds") == 1000
    claim = (CLIENTS[0].address, 0b10, here.north.proof(0))
    if directly:
        here.campaign.send(RICH, "claim", "claim", *claim)
    else:
        here.through(("claim", claim))
    here.right("changes that the contract does not log")
    here.campaign.send(RICH, "withdraw", "withdraw", [RICH.address, here.wallet])
    here.right("changes that the contract does not log")


def test_payments_that_the_token_refuses_are_recomputed(here: Shared) -> None:
    """Directly and through another contract: credited, and paid when the token pays again."""
    code = here.node.web3.eth.get_code(here.token.address)
    refuse(here, CLIENTS[0].address, CLIENTS[3].address, here.wallet, OWNER.address)
    here.pay()
    here.right("status closed")
    assert here.campaign.view("credit", CLIENTS[3].address) > 0
    here.anvil.ask("anvil_setCode", here.token.address, code.hex())
    payees = [CLIENTS[0].address, here.wallet]
    here.through(("withdraw", (payees,)))
    here.campaign.send(RICH, "withdraw", "withdraw", [CLIENTS[3].address, OWNER.address])
    assert all(here.campaign.view("credit", payee) == 0 for payee in (*payees, CLIENTS[3].address))
    here.right("status closed")


def refuse(shared: Shared, *accounts: str) -> None:
    """The token, which keeps its balances, pays these no more."""
    source, moved = Path(__file__).parents[2] / "contracts" / "TestToken.vy", "self._move(msg.sender, _to, _value)"
    assert moved in source.read_text()
    blocking = shared.folder / "Blocking.vy"
    blocking.write_text(source.read_text().replace(moved, f"assert _to not in [{', '.join(accounts)}]\n    {moved}"))
    shared.anvil.ask("anvil_setCode", shared.token.address, compile_contract(blocking)["bytecode_runtime"])


def word(slot: int, key: str | None = None) -> str:
    """Storage slot of a value, or of an entry of a mapping by address, as Vyper lays them out."""
    if key is None:
        return f"0x{slot:064x}"
    return "0x" + keccak(slot.to_bytes(32) + bytes(12) + bytes.fromhex(key[2:])).hex()


BOOKS = {
    "paid_out": (word(3442), "paid_out: the contract says"),
    "an edge": (word(68 + 1), "edge 1: bound of the winners: the contract says"),
    "an owner's money": (word(297), f"owner {OWNER.address}: the contract says"),
    "a credit": (word(3440, RICH.address), f"credit of {RICH.address}: the contract says"),
    "a credit of nobody's": (word(3440, COORDINATOR.address), f"credit of {COORDINATOR.address}: the contract says"),
    "a client": (word(426, CLIENTS[3].address), f"client {CLIENTS[3].address}: "),
    "the curve": (word(196 + 1), "quality: expected rounds that sum to exactly 1000000000"),
}


@pytest.mark.parametrize("entry", BOOKS)
def test_one_changed_entry_of_the_books_is_named(here: Shared, entry: str) -> None:
    slot, says = BOOKS[entry]
    value = bytearray(here.node.web3.eth.get_storage_at(here.address, int(slot, 16)))
    value[-1] ^= 1
    here.anvil.ask("anvil_setStorageAt", here.address, slot, "0x" + value.hex())
    code, printed = here.verify()
    assert code == 1, printed
    assert len(printed.splitlines()) == 1
    assert says in printed, printed


def test_a_balance_that_no_transfer_explains_is_named(here: Shared) -> None:
    """A token that takes something away and logs nothing."""
    balance = here.token.view("balanceOf", here.address)
    slots = [word(slot, here.address) for slot in range(16)]
    (slot,) = [at for at in slots if balance == int.from_bytes(storage(here, at))]
    here.anvil.ask("anvil_setStorageAt", here.token.address, slot, f"0x{balance - 1:064x}")
    code, printed = here.verify()
    assert code == 1, printed
    assert f"token balance: {balance - 1}, the books say {balance} and 0 that nobody deposited" in printed


def storage(shared: Shared, slot: str) -> bytes:
    return bytes(shared.node.web3.eth.get_storage_at(shared.token.address, int(slot, 16)))


def test_an_edge_that_showed_more_than_it_signed_for_is_named(tmp_path: Path) -> None:
    """The contract cannot see it: the total stands in the signature, the bitmaps are only under the root."""
    with Anvil(FLAGS) as own:
        small = Operating(own, tmp_path)
        store = f"file://{tmp_path}/store"
        small.create("--store", store)
        days = Days(small, signed_less=1)
        for step in (days.commit, days.reveal, days.settle, days.training, days.deliveries, days.closed):
            step()
        for edge, winners in WINNERS.items():
            rows = tuple(Row(at, client.address, 2**days.rounds - 1) for at, client in winners)
            publish_deliveries(Store(store), Deliveries(small.node.chain_id, small.address, edge, days.rounds, rows))
        options = ["-r", own.url, "--state", small.folder / "state", "--out", tmp_path / "record.json"]
        code, printed = cofund("campaign", "record", small.address, *options)
    assert (code, "deliveries: not as many as edge north signed for" in printed) == (1, True), printed


def forge(shared: Shared, name: str, place: int, value: int) -> None:
    """Change one word of the data of the last event of a kind, in the index that verification keeps."""
    (topic,) = (topic for topic, entry in events("Campaign").items() if entry["name"] == name)
    path = shared.folder / "state" / str(shared.node.chain_id) / shared.address / "events.sqlite"
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT block, position, topics, data FROM logs ORDER BY block, position").fetchall()
        block, position, _, data = [row for row in rows if row[2].startswith(topic)][-1]
        words = bytearray(bytes.fromhex(data[2:]))
        words[32 * place : 32 * place + 32] = value.to_bytes(32)
        found = (f"0x{words.hex()}", block, position)
        database.execute("UPDATE logs SET data = ? WHERE block = ? AND position = ?", found)
    database.close()


@pytest.mark.parametrize(  # those that the books find without the contract are tried on a record, below
    ("name", "place", "says"), [("BidRevealed", 0, "owner "), ("OfferRevealed", 2, "true_cost: ")]
)
def test_a_wrong_log_is_named(here: Shared, name: str, place: int, says: str) -> None:
    assert here.verify()[0] == 0
    forge(here, name, place, 3)
    code, printed = here.verify()
    (here.folder / "state" / str(here.node.chain_id) / here.address / "events.sqlite").unlink()
    assert code == 1, printed
    assert says in printed, printed


def test_a_token_that_keeps_a_part_of_a_payment_is_found(tmp_path: Path) -> None:
    """On the way in the contract refuses it; on the way out it sees nothing."""
    source = Path(__file__).parents[2] / "contracts" / "TestToken.vy"
    skimming, moved = tmp_path / "Skimming.vy", "self._move(msg.sender, _to, _value)"
    assert moved in source.read_text()
    skimming.write_text(source.read_text().replace(moved, "self._move(msg.sender, _to, _value - 1)"))
    with Anvil(FLAGS) as own:
        small = Operating(own, tmp_path)
        token = small.node.created(small.node.send(RICH, None, compile_contract(skimming)["bytecode"], "deploy"))
        small.token = Contract(small.node, "TestToken", token)
        small.terms.write_text(small.toml())
        small.create()
        small.commit()
        small.at(5)
        assert small.call("cancel")[0] == 0
        options = ["-r", own.url, "--state", small.folder / "state"]
        assert cofund("verify", small.address, *options)[0] == 0
        small.campaign.send(RICH, "withdraw", "withdraw", [OWNER.address])
        code, printed = cofund("verify", small.address, *options)
    assert code == 1, printed
    assert f"the campaign paid 200050 to {OWNER.address}, the token moved 200049" in printed


def test_a_follower_sees_what_came_through_other_contracts(tmp_path: Path) -> None:
    """Roles, offers, claims and bonds of which no call and no event tells are those of the contract's views."""
    with Anvil(FLAGS) as node:
        own = Shared(node, tmp_path)
        own.made = own.create("--store", own.store)
        followed, before = following(own), node.ask("evm_snapshot")

        def look() -> Any:
            found = followed.at(head(followed.provider))
            same(found, following(own).at(head(followed.provider)))
            return found

        for step in (own.commit, own.reveal, own.settle, own.train, own.sign, own.pay):
            step()
            found = look()
        assert found.unlogged.bonds
        assert not any(offer.bond_held for offer in found.ledger.offers if offer.cost is not None)
        node.ask("evm_revert", before)  # as a reorganisation may
        assert look().seen == ()


def test_each_kind_of_value_is_proved_offline_or_named(record: dict[str, Any]) -> None:
    """A forger changes evidence, and writes the record that is computed from it."""
    believed, text = set(), render(record)
    assert verifying._computed_again(record)[0] == text
    for kind, places in kinds(record).items():
        for place in {places[0], places[len(places) // 2], places[-1]}:
            with contextlib.suppress(Exception):  # which `verify` makes refusals of
                if verifying._computed_again(forged(record, place))[0] != text:
                    believed.add(kind)
    assert believed == set(NOT_PROVED_OFFLINE)


def test_a_record_of_a_shared_chain_is_reported_and_browsed(record: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    file.write_text(render(record))
    code, printed = cofund("report", file, "--statements", tmp_path / "statements", "--tables", tmp_path / "tables")
    assert code == 0, printed
    page = (tmp_path / "report.html").read_text()
    assert "neither chain nor public artifacts tell it" in page
    assert "cofund verify record.json -r URL" in page
    assert "Money is conserved" in page
    assert CLIENTS[0].address in (tmp_path / "tables" / "clients.csv").read_text()
    assert len(list((tmp_path / "statements").iterdir())) > len(record["payments"])
