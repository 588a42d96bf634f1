"""Owners, clients, edges, sponsor and coordinator, each with its own key and folder, by the commands of their roles."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from anvil import RICH, Anvil
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import Contract
from hatch_build import compile_contract
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OFFERS, cofund
from parties import EVERYBODY, OWNERS, PLENTY, SPONSOR, Parties

pytestmark = pytest.mark.node

TOKENS = Path(__file__).parents[1] / "support" / "tokens"
BID = ("--value", "1000", "--escrow", "1200.50")
WEST = ("--edge", "west", "--cost", "1", "--out", "o.json")


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil(FLAGS) as running:
        yield running


@pytest.fixture
def parties(anvil: Anvil, tmp_path: Path) -> Iterator[Parties]:
    before = anvil.ask("evm_snapshot")
    yield Parties(anvil, tmp_path)
    anvil.ask("evm_revert", before)


def sign(parties: Parties, who: int = 0, cost: str = "3", edge: str = "north") -> Path:
    """A client signs its offer into the folder of its edge."""
    path = parties.folder / f"offers-{edge}" / f"{CLIENTS[who].address}.json"
    path.parent.mkdir(exist_ok=True)
    parties.did(CLIENTS[who], "client", "offer", "--edge", edge, "--cost", cost, "--out", path)
    return path


def book(parties: Parties, at: int = 0) -> dict[str, object]:
    """An edge seals what is in its folder; where the places are."""
    folder = parties.folder / f"offers-{('north', 'south')[at]}"
    return parties.did(EDGES[at], "edge", "book", "--offers", folder, "--once")


def seal(parties: Parties) -> None:
    """Two bids; clients 0 to 2 at north, of which the last asks more than the ceiling, and 3 and 4 at south."""
    parties.accept()
    for owner in OWNERS:
        parties.did(owner, "owner", "bid", *BID)
    for who, (cost, edge) in enumerate(OFFERS):
        sign(parties, who, f"{cost // 10}.{cost % 10}", ("north", "south")[edge])  # ticks of 0.10
    for at in range(2):
        book(parties, at)


def reveal(parties: Parties) -> None:
    parties.at(2)
    for owner in OWNERS:
        parties.did(owner, "owner", "reveal")
    parties.did(EDGES[0], "edge", "open")
    left = parties.folder / "left-with-south.json"  # a second party may open it
    code, printed = cofund("edge", "backup", parties.address, left, "--home", parties.home(EDGES[1]))
    assert code == 0, printed
    parties.did(EDGES[0], "edge", "open", "--book", left)


def settle(parties: Parties) -> None:
    parties.at(3)
    code, printed = parties.call("settle")
    assert json.loads(printed)["phase"] == "training", (code, printed)


def test_a_campaign_by_its_parties_from_bids_over_a_veto_to_the_last_unit(parties: Parties) -> None:
    before = sum(map(parties.balance, [RICH, *EVERYBODY]))
    assert parties.next_of(OWNERS[0], "owner") == ["bid"]
    assert parties.next_of(SPONSOR, "sponsor") == ["lock"]
    assert parties.next_of(COORDINATOR, "coordinator") == ["bond"]
    assert parties.next_of(EDGES[0], "edge") == ["bond", "book"]
    assert parties.next_of(CLIENTS[0], "client") == ["offer", "check"]
    seal(parties)
    assert [parties.sent(client) for client in CLIENTS] == [0] * 5, "a client needs no transaction"
    assert parties.next_of(OWNERS[0], "owner") == []
    reveal(parties)
    settle(parties)
    # offers with fees in ticks of 0.10: north 40 and 60, south 45 and 65, and one above the ceiling
    first, last, dear = (parties.status_of(CLIENTS[at], "client") for at in (0, 3, 2))
    assert [offer["wins"] for offer in (*first["offers"], *last["offers"])] == [True, True]
    assert (dear["offers"], dear["over"]) == ([], True)
    for number in (1, 2):
        parties.node.advance_to(parties.node.now() + 3600)
        parties.campaign.send(COORDINATOR, "round", "record_round", number, bytes(32), bytes(32), 0)
    assert parties.next_of(OWNERS[0], "owner")[0] == "veto"
    for owner in OWNERS:
        parties.did(owner, "owner", "veto")
    assert parties.campaign.view("progress")[1] == 1
    assert parties.does(OWNERS[0], "owner", "veto", "--round", 2) == (6, "error: veto: no such round")
    parties.node.advance_to(parties.node.now() + 3600)
    north = parties.deliver(0, {0: (CLIENTS[0], 1)}, 1)
    south = parties.deliver(1, {0: (CLIENTS[3], 1)}, 1)
    forged = parties.folder / "forged.json"
    forged.write_text(south.read_text().replace('"0x1"', '"0x3"'))
    code, printed = parties.does(CLIENTS[3], "client", "claim", "--deliveries", forged)
    assert (code, "not what edge 1 signed last" in printed) == (1, True)
    assert parties.next_of(CLIENTS[3], "client") == ["claim"]
    renamed = parties.folder / "renamed.json"  # the root binds places, and the edge wrote other names beside them
    renamed.write_text(south.read_text().replace(CLIENTS[3].address, CLIENTS[0].address))
    parties.did(CLIENTS[3], "client", "claim", "--deliveries", renamed)
    assert parties.did(CLIENTS[3], "client", "claim", "--deliveries", south)["transactions"] == []
    parties.did(EDGES[0], "edge", "claim", "--deliveries", north)
    parties.did(EDGES[1], "edge", "claim")
    parties.campaign.send(COORDINATOR, "release", "release_models", [b"\1" * 32] * 2)
    assert parties.call("close")[0] == 0
    assert parties.next_of(EDGES[0], "edge") == ["claim", "refund"], "an end inside the goal pays clients more"
    for operator, rows in zip(EDGES, (north, south), strict=True):
        parties.did(operator, "edge", "claim", "--deliveries", rows)
    for role, accounts in (
        ("owner", OWNERS),
        ("edge", EDGES),
        ("sponsor", [SPONSOR]),
        ("coordinator", [COORDINATOR]),
        ("campaign", [RICH]),
    ):
        for account in accounts:
            parties.did(account, role, "refund")
    assert parties.held() == 0
    assert sum(map(parties.balance, [RICH, *EVERYBODY])) == before
    assert parties.balance(CLIENTS[0]) > PLENTY
    for role, account in (("owner", OWNERS[0]), ("edge", EDGES[0]), ("client", CLIENTS[0]), ("sponsor", SPONSOR)):
        assert parties.status_of(account, role)["over"] is True, role


def test_a_cancelled_campaign_gives_everything_back(parties: Parties) -> None:
    seal(parties)
    parties.at(5)
    assert parties.next_of(OWNERS[0], "owner") == ["cancel"]
    assert parties.call("cancel")[0] == 0
    for owner in OWNERS:
        parties.did(owner, "owner", "refund")
    for operator in EDGES:
        parties.did(operator, "edge", "refund")
    parties.did(SPONSOR, "sponsor", "refund")
    parties.did(COORDINATOR, "coordinator", "refund")
    assert parties.held() == 0
    assert [parties.balance(account) for account in EVERYBODY] == [PLENTY] * len(EVERYBODY)


def test_an_opening_is_kept_before_anything_is_sent_and_never_changed(parties: Parties) -> None:
    owner, home = OWNERS[0], parties.home(OWNERS[0])
    made = parties.did(owner, "owner", "bid", *BID)
    opening, copy = (Path(path) for path in made["openings"])
    assert opening.read_text() == copy.read_text()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (opening, copy)] == [0o600, 0o600]
    kept = json.loads(opening.read_text())
    assert kept["amount"] == "100000"
    assert len(kept["encryption_secret"]) == 64
    sent = parties.sent(owner)
    assert parties.did(owner, "owner", "bid", *BID)["transactions"] == []
    code, printed = parties.does(owner, "owner", "bid", "--value", "999", "--escrow", "1200.50")
    assert (code, "holds another bid" in printed) == (2, True)
    assert json.loads(opening.read_text()) == kept
    opening.unlink()
    code, printed = parties.does(owner, "owner", "bid", *BID)
    assert (code, "restore the backup" in printed) == (2, True), printed
    parties.at(2)
    assert parties.does(owner, "owner", "reveal")[0] == 2
    assert cofund("owner", "restore", copy, "--home", home)[0] == 0
    parties.did(owner, "owner", "reveal")
    assert parties.sent(owner) == sent + 1


def test_what_the_contract_would_refuse_costs_nothing(parties: Parties) -> None:
    owner, client = OWNERS[0], CLIENTS[0]
    refused = [
        (2, "at most 2 digits", owner, "owner", "bid", "--value", "1.005", "--escrow", "2"),
        (2, "expected at least the value", owner, "owner", "bid", "--value", "3", "--escrow", "2"),
        (4, "needs", owner, "owner", "bid", "--value", "3", "--escrow", "1_000_000"),
        (2, "multiple of the tick", client, "client", "offer", "--edge", "north", "--cost", "1.05", "--out", "o.json"),
        (2, "expected one of north, south", client, "client", "offer", *WEST),
        (2, "the sponsor of this campaign", owner, "sponsor", "lock"),
        (2, "operator of an edge", owner, "edge", "bond"),
        (2, "expected an account that has sealed a bid", owner, "owner", "reveal"),
    ]
    for code, words, account, role, action, *more in refused:
        found = parties.does(account, role, action, *more)
        assert (found[0], words in found[1]) == (code, True), found
    parties.did(owner, "owner", "bid", *BID)
    sent = parties.sent(owner)
    assert parties.does(owner, "owner", "reveal")[:1] == (6,)
    parties.at(2)
    late = parties.does(OWNERS[1], "owner", "bid", *BID)
    assert late == (6, "error: commit: the phase is over")
    assert (parties.sent(owner), parties.sent(OWNERS[1])) == (sent, 0)


def test_nothing_is_sent_or_kept_without_consent(parties: Parties) -> None:
    owner = OWNERS[0]
    flags = parties.flags(owner, agree=False)
    code, printed = cofund("owner", "bid", parties.address, *BID, *flags)
    assert (code, "no terminal to ask at" in printed) == (3, True), printed
    assert "seal a bid of 1,000.00 EUR (100000 base units), escrow 1,200.50 EUR (120050 base units)" in printed
    code, printed = cofund("owner", "bid", parties.address, *BID, *flags, "--dry-run")
    assert (code, "dry run: nothing is sent" in printed) == (0, True)
    assert not list(parties.home(owner).rglob("*opening.json"))
    assert parties.sent(owner) == 0


def test_a_bid_equal_to_its_escrow_is_warned_about(parties: Parties) -> None:
    code, printed = parties.does(OWNERS[0], "owner", "bid", "--value", "5", "--escrow", "5.00")
    assert (code, "tells everybody your bid" in printed) == (0, True)


def test_signed_offers_are_for_their_edge_alone(parties: Parties) -> None:
    parties.accept()
    path = sign(parties)
    code, printed = parties.does(EDGES[1], "edge", "book", "--offers", path.parent, "--once")
    assert (code, "an edge that you operate" in printed) == (2, True)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"client": CLIENTS[1].address}))
    code, printed = parties.does(EDGES[0], "edge", "book", "--offers", path.parent, "--once")
    assert (code, "not signed by the client" in printed) == (1, True)
    path.write_text(json.dumps(document))
    sign(parties, 1)
    (path.parent / "torn.json").write_text("{")
    before = parties.balance(EDGES[0])
    made = book(parties)
    assert [sent["call"] for sent in made["transactions"]] == ["approve", "commit book"]
    assert before - parties.balance(EDGES[0]) == 2 * 1000, "a bond for each client"
    assert parties.token.view("allowance", EDGES[0].address, parties.address) == 0
    assert len(made["openings"]) == len(made["files"]) == 2, "the book twice, a place for each client"
    sign(parties, 2)
    assert book(parties)["transactions"] == [], "a book that is sealed never changes"


def test_a_client_checks_its_place_without_a_key(parties: Parties) -> None:
    parties.accept()
    sign(parties)
    sign(parties, 1, "5")
    places = {Path(path).stem: Path(path) for path in book(parties)["files"]}
    mine = places[CLIENTS[0].address]
    flags = ["-r", parties.anvil.url, "--home", parties.home(CLIENTS[0]), "--terms", parties.published]

    def check(path: Path, *more: object) -> tuple[int, str]:
        return cofund("client", "check", parties.address, path, *flags, *more)

    code, printed = check(mine)
    assert (code, "neither leave you out nor list you otherwise" in printed) == (0, True), printed
    assert "at edge north for 3.00 EUR" in printed
    told = json.loads(check(mine, "--json")[1].splitlines()[-1])
    assert told == {"client": CLIENTS[0].address, "edge": 0, "cost": "300", "faults": [], "warnings": []}
    wrong = parties.folder / "wrong.json"
    for change, words in (
        ({"cost": "20"}, "you are listed for 20"),
        ({"edge": 1}, "not at edge 1"),
        ({"position": 1}, "does not lead to the commitment"),
        ({"commitment": "11" * 32}, "the chain has another book"),
        ({"signature": "11" * 64}, f"not signed by {EDGES[0].address}"),
        ({"chain_id": 1}, "not in this one"),
    ):
        wrong.write_text(json.dumps(json.loads(mine.read_text()) | change))
        code, printed = check(wrong)
        assert (code, words in printed) == (1, True), printed
    code, printed = check(places[CLIENTS[1].address], "--as", CLIENTS[0].address)
    assert (code, f"not of {CLIENTS[0].address}" in printed) == (1, True)
    wrong.write_text("{}")
    assert check(wrong)[0] == 2


def test_a_book_is_opened_whole_by_whoever_has_it_or_its_bond_is_lost(parties: Parties) -> None:
    seal(parties)
    home = parties.home(EDGES[0])
    (kept,) = home.rglob(f"{EDGES[0].address}/book.json")
    content = kept.read_text()
    kept.unlink()
    parties.at(2)
    code, printed = parties.does(EDGES[0], "edge", "open")
    assert (code, "restore it from its backup (cofund edge restore)" in printed) == (2, True)
    kept.write_text(content.replace(json.loads(content)["seed"], "00" * 32))
    code, printed = parties.does(EDGES[0], "edge", "open")
    assert (code, "not the book that" in printed) == (2, True)
    assert parties.next_of(EDGES[0], "edge") == ["open"]
    kept.unlink()
    copy = next((home / "backup").glob("*-book.json"))
    assert cofund("edge", "restore", copy, "--home", home)[0] == 0
    parties.did(EDGES[0], "edge", "open")
    assert parties.did(EDGES[0], "edge", "open")["transactions"] == []
    assert parties.next_of(EDGES[0], "edge") == []


def test_terms_of_another_campaign_and_another_network_are_refused(parties: Parties) -> None:
    other = parties.folder / "other.json"
    other.write_text(parties.published.read_text().replace("Small", "Other"))
    flags = [*parties.flags(OWNERS[0]), "--terms", other]
    assert cofund("owner", "bid", parties.address, *BID, *flags)[0] == 1
    with Anvil(("--chain-id", "5")) as elsewhere:
        flags = [*parties.flags(OWNERS[0]), "-r", elsewhere.url]
        code, printed = cofund("owner", "bid", parties.address, *BID, *flags)
    assert (code, "chain 5 has no contract there" in printed) == (2, True)


def test_options_come_from_flags_then_environment_then_the_file(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(parties.folder)
    settings = parties.folder / "cofund.toml"
    settings.write_text(f'rpc-url = "{parties.anvil.url}"\nhome = "from-file"\nterms = "{parties.published}"\n')
    key = ["--private-key", OWNERS[0].key.hex(), "-y", "-q"]
    assert cofund("owner", "bid", parties.address, *BID, *key)[0] == 0
    assert list((parties.folder / "from-file").rglob("owner-opening.json"))
    monkeypatch.setenv("COFUND_HOME", str(parties.folder / "from-environment"))
    code, printed = cofund("owner", "bid", parties.address, *BID, *key)
    assert (code, "restore the backup" in printed) == (2, True), printed
    assert cofund("owner", "bid", parties.address, *BID, *key, "--home", "from-file")[0] == 0
    settings.write_text('rpc_url = "x"\n')
    code, printed = cofund("owner", "bid", parties.address, *BID, *key)
    assert (code, "cofund.toml: rpc_url: unknown key" in printed) == (2, True)


def test_a_token_without_permits_is_approved_for_exactly_what_is_locked(parties: Parties) -> None:
    code = compile_contract(TOKENS / "PlainToken.vy")["bytecode"]
    plain = parties.node.created(parties.node.send(RICH, None, code, "deploy PlainToken"))
    token = Contract(parties.node, "TestToken", plain)  # of which only ERC-20's own calls are there
    token.send(RICH, "mint", "mint", [OWNERS[0].address], PLENTY)
    parties.terms.write_text(parties.toml().replace(parties.token.address, plain).replace("Small", "Plain"))
    parties.create()
    token.send(OWNERS[0], "approve", "approve", parties.address, 1)
    made = parties.did(OWNERS[0], "owner", "bid", *BID)
    assert [sent["call"] for sent in made["transactions"]] == ["approve", "approve", "commit bid"]
    assert token.view("allowance", OWNERS[0].address, parties.address) == 0
    assert token.view("balanceOf", parties.address) == 120_050 + 50


def test_a_development_node_gives_coins_and_test_tokens(parties: Parties) -> None:
    stranger = rehearsal_account("operating", "stranger").address
    code, printed = cofund("node", "fund", stranger, "-r", parties.anvil.url, "--amount", "12.5", "--json")
    assert code == 0, printed
    token = Contract(parties.node, "TestToken", json.loads(printed)["token"])
    assert token.view("balanceOf", stranger) == 12_500_000
    assert parties.node.web3.eth.get_balance(stranger) > 0
    again = ["--token", token.address, "--amount", "1"]
    assert cofund("node", "fund", stranger, "-r", parties.anvil.url, *again)[0] == 0
    assert token.view("balanceOf", stranger) == 13_500_000
