"""Whoever pays into a campaign pays into what was published: code, every field, the token; or is told and pays nothing.

The gate is ``roles.desk``; what it asks is ``campaign.inspection``. Ways out stay open.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi import encode
from eth_utils.crypto import keccak

from anvil import KEY, RICH, Anvil
from cofund.campaign.publication import digest, terms_of
from cofund.campaign.terms_file import load_terms
from cofund.chain.abi import decoded
from cofund.chain.accounts import rehearsal_account
from cofund.chain.artifacts import artifact
from cofund.chain.contract import abi_type, create_campaign, creation_arguments, deploy_factory
from hatch_build import compile_contract
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, Operating, cofund
from parties import OWNERS, SPONSOR, Parties

pytestmark = pytest.mark.node

CONTRACTS = Path(__file__).parents[2] / "contracts"
SWEEP = """

@external
def sweep():
    assert treasury._pay(agreement.terms.initiator, treasury._balance())
"""
PLAYS = (
    (OWNERS[0], "owner", "bid", "--value", "950", "--escrow", "1200"),
    (CLIENTS[0], "client", "offer", "--edge", "north", "--cost", "0.30", "--out", "{}/offers/offer.json"),
    (EDGES[0], "edge", "book", "--offers", "{}/offers", "--once"),
    (EDGES[0], "edge", "bond"),
    (SPONSOR, "sponsor", "lock"),
    (COORDINATOR, "coordinator", "bond"),
)
ROGUE = rehearsal_account("operating", "rogue").address


class ByHand(Parties):
    """An initiator that creates its campaign without our command."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.document = load_terms(self.terms, RICH.address)
        self.honest = terms_of(self.document)
        self.factory = deploy_factory(self.node, RICH)
        self.path = self.folder / "published.json"
        self.publish(self.document)

    def create(self, *_: object) -> dict[str, Any]:
        return {}

    @property
    def published(self) -> Path:
        return self.path

    def publish(self, document: dict[str, Any]) -> None:
        self.path.write_text(json.dumps(document))

    def made(self, store: str = "", **other: Any) -> str:
        """A campaign of the genuine factory, with the digest of the document and other terms if any are given."""
        self.address = create_campaign(self.factory, RICH, replace(self.honest, **other), store).address
        return self.address

    def refused(self, *plays: Any) -> str:
        """What the first says; nobody paid, approved, sealed or signed anything."""
        said = ""
        for account, *command in plays or PLAYS:
            sent = self.sent(account)
            code, printed = self.does(account, *(word.format(self.folder) for word in command))
            assert (code, "nothing is paid into it" in printed) == (1, True), printed
            assert len(printed.strip().splitlines()) == 1
            assert self.sent(account) == sent
            assert not [name for name in ("*opening.json", "*book.json", "offer.json") if [*self.folder.rglob(name)]]
            said = said or printed
        assert self.held() == 0
        return said


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil(FLAGS) as running:
        yield running


@pytest.fixture
def hand(anvil: Anvil, tmp_path: Path) -> Iterator[ByHand]:
    before = anvil.ask("evm_snapshot")
    yield ByHand(anvil, tmp_path)
    anvil.ask("evm_revert", before)


def bid(hand: ByHand, *more: object) -> tuple[int, str]:
    return hand.does(OWNERS[0], "owner", "bid", "--value", "950", "--escrow", "1200", *more)


def test_a_contract_with_a_back_door_gets_nothing_from_anybody(hand: ByHand, tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    folder.mkdir()
    for source in CONTRACTS.glob("*.vy"):
        (folder / source.name).write_text(source.read_text() + (SWEEP if source.name == "Campaign.vy" else ""))
    (folder / "interfaces").symlink_to(CONTRACTS / "interfaces")
    head, *market, _ = creation_arguments(hand.honest)
    filled = [head[0], RICH.address, *head[2:4], hand.factory.view("SERIAL_SHARING"), *head[5:]]
    inputs = next(entry for entry in artifact("Campaign").abi if entry["type"] == "constructor")["inputs"]
    helpers = hand.factory.view("REFUSALS"), hand.factory.view("BOOKS_BLUEPRINT")
    given = encode(list(map(abi_type, inputs)), [*helpers, filled, *market])
    code = compile_contract(folder / "Campaign.vy")["bytecode"] + given.hex()
    hand.address = hand.node.created(hand.node.send(RICH, None, code, "campaign with a back door"))
    assert "no contract of this program" in hand.refused()


def test_a_campaign_of_another_factory_gets_nothing(hand: ByHand) -> None:
    """Its code is right and its factory logs as ours does, but one byte of the factory is another."""
    hand.made()
    code = bytearray(hand.node.code(hand.factory.address))
    code[-1] ^= 1
    hand.anvil.ask("anvil_setCode", hand.factory.address, "0x" + code.hex())
    assert "no contract of this program" in hand.refused(PLAYS[0])


def test_a_proxy_in_front_of_a_genuine_campaign_gets_nothing(hand: ByHand) -> None:
    """It answers with the campaign's code and has no state: nothing may be read from it as from a campaign."""
    genuine = hand.made()
    hand.address = ROGUE
    hand.anvil.ask("anvil_setCode", ROGUE, f"0x363d3d373d3d3d363d73{genuine[2:]}5af43d82803e903d91602b57fd5bf3")
    assert "no contract of this program" in hand.refused()
    for command in ("reveal", "refund"):
        code, printed = hand.does(OWNERS[0], "owner", command)
        assert (code, len(printed.strip().splitlines())) == (1, 1), printed
    code, printed = cofund("campaign", "status", ROGUE, "-r", hand.anvil.url, "--home", hand.folder / "home")
    assert (code, "does not answer as a campaign" in printed) == (1, True), printed


MULTISIG = """# pragma version 0.4.3
@external
def execute(to: address, data: Bytes[20_000]):
    raw_call(to, data)
"""


def by_multisig(hand: ByHand, **other: Any) -> None:
    """The campaign of an initiator that is a contract: the factory's call is inside another one."""
    source = hand.folder / "Multisig.vy"
    source.write_text(MULTISIG)
    initiator = hand.node.created(hand.node.send(RICH, None, compile_contract(source)["bytecode"], "multisig"))
    document = hand.document | {"initiator": initiator}
    hand.publish(document)
    terms = replace(terms_of(document), **other)
    create = bytes.fromhex(hand.factory.encode("create", *creation_arguments(terms, ""))[2:])
    call = keccak(text="execute(address,bytes)")[:4] + encode(["address", "bytes"], [hand.factory.address, create])
    mined = hand.node.send(RICH, initiator, "0x" + call.hex(), "create")
    (created,) = decoded("CampaignFactory", hand.node.logs(mined.hash, hand.factory.address))
    hand.address = created.arguments["campaign"]


def test_a_campaign_that_a_multisig_created_is_compared_too(hand: ByHand) -> None:
    by_multisig(hand)
    assert bid(hand)[0] == 0
    code, printed = cofund(
        "verify", hand.address, "-r", hand.anvil.url, "--terms", hand.path, "--state", hand.folder / "v"
    )
    assert (code, "every value of the file is the campaign's" in printed) == (0, True), printed


@pytest.mark.parametrize(
    ("says", "other"),
    [
        ("terms.coordinator_fee: the document says 10, the contract has 20000", {"coordinator_fee": 20_000}),
        ("terms.curve[0]: the document says", {"quality": (10**9, 0, 0, 0)}),
        ("terms.weights: those of the document are not", {"weights": ((ROGUE, 9),)}),
        (f"the contract has {ROGUE}", {"edges": ROGUE}),
    ],
)
def test_a_multisigs_lie_is_named(hand: ByHand, says: str, other: dict[str, Any]) -> None:
    if "edges" in other:
        other = {"edges": (replace(hand.honest.edges[0], operator=ROGUE), hand.honest.edges[1])}
    by_multisig(hand, **other)
    assert says in hand.refused(PLAYS[0])


def test_a_token_that_has_changed_since_is_asked_again(hand: ByHand) -> None:
    """A verdict is kept; what stands behind a token may be exchanged."""
    hand.made()
    home = hand.home(EDGES[0])
    assert hand.does(EDGES[0], "edge", "bond")[0] == 0
    hand.anvil.ask("anvil_setStorageAt", hand.token.address, "0x0", f"0x{6:064x}")  # where the token has its decimals
    code, printed = cofund("sponsor", "lock", hand.address, *hand.flags(SPONSOR), "--home", home, "-q")
    assert (code, "token.decimals: the terms say 2, the token 6" in printed) == (1, True), printed


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"factory": 1}'])
def test_damaged_files_of_a_campaign_are_found_again(hand: ByHand, content: str) -> None:
    store = hand.folder / "store"
    store.mkdir()
    (store / "terms.json").write_text(json.dumps(hand.document))
    hand.made(store.as_uri())
    flags = ["-r", hand.anvil.url, "--home", hand.home(EDGES[0]), "--private-key", EDGES[0].key.hex(), "-y", "-q"]
    assert cofund("edge", "bond", hand.address, *flags)[0] == 0
    kept = [next(hand.home(EDGES[0]).rglob(name)) for name in ("creation.json", "inspection.json", "terms.json")]
    flags[5] = EDGES[1].key.hex()
    for path in kept:
        path.write_text(content)
    code, printed = cofund("edge", "bond", hand.address, *flags)
    assert code == 0, printed
    assert json.loads(kept[2].read_text()) == hand.document


LIES: dict[str, dict[str, Any]] = {
    "terms.coordinator_fee: the document says 10, the contract has 20000": {"coordinator_fee": 20_000},
    "terms.veto_window: the document says 3600, the contract has 0": {"veto_window_s": 0},
    "terms.delivery_window: the document says 86400, the contract has 60": {"delivery_window_s": 60},
    "terms.tolerance: the document says": {"tolerance": 3},
    "terms.weights[0]: the document says weight 1, the contract has 9": {"weights": ((ROGUE, 9),)},
    "terms.curve[0]: the document says 500000001, the contract has 1000000000": {"quality": (10**9, 0, 0, 0)},
    f"the contract has {ROGUE}": {"coordinator": ROGUE},
    "terms.unaccepted: the document says": {"unaccepted": 2},
    "terms.goals[0]: the document says": {"goals": ((1, 3),)},
    "terms.book_bond: the document says": {"book_bond": 10**6},
    "terms.sealed: the document says False, the contract has True": {
        "sealed": True,
        "stake": 1,
        "absence_window_s": 60,
    },
    "terms.edges[1]: the document says ceiling": {"edges": "lower"},
}


@pytest.mark.parametrize("says", LIES)
def test_every_term_that_is_not_the_documents_is_named(hand: ByHand, says: str) -> None:
    lie = LIES[says]
    if "edges" in lie:
        north, south = hand.honest.edges
        lie = {"edges": (north, replace(south, ceiling=south.ceiling - 1))}
    hand.made(**lie)
    assert says in hand.refused(PLAYS[0])


def test_an_edge_of_somebody_else_or_in_another_place_is_named(hand: ByHand) -> None:
    north, south = hand.honest.edges
    hand.made(edges=(north, replace(south, operator=ROGUE)))
    assert f"terms.edges[1]: the document says operator {south.operator}, the contract has {ROGUE}" in hand.refused()
    hand.made(edges=(south, north))
    assert "terms.edges[0]: the document says" in hand.refused(PLAYS[0])


def test_a_store_with_something_else_than_terms_is_no_store_without_any(hand: ByHand) -> None:
    """Else an initiator would keep ``verify`` from comparing by publishing nonsense."""
    store = hand.folder / "store"
    store.mkdir()
    (store / "terms.json").write_text("{}")
    address = hand.made(store.as_uri())
    code, printed = cofund("verify", address, "-r", hand.anvil.url, "--state", hand.folder / "state")
    assert (code, "expected" in printed) == (1, True), printed


def test_terms_of_another_initiator_are_not_created(hand: ByHand) -> None:
    hand.publish(hand.document | {"initiator": ROGUE})
    code, printed = cofund("campaign", "create", hand.path, *hand.options())
    assert (code, f"initiator: expected the account that creates it, {RICH.address}" in printed) == (2, True), printed


def test_verify_compares_the_values_of_what_the_store_has(hand: ByHand) -> None:
    store = hand.folder / "store"
    store.mkdir()
    (store / "terms.json").write_text(json.dumps(hand.document))
    address = hand.made(store.as_uri(), coordinator_fee=20_000)
    code, printed = cofund("verify", address, "-r", hand.anvil.url, "--state", hand.folder / "state")
    assert (code, "terms.coordinator_fee: the document says 10" in printed) == (1, True), printed


@pytest.mark.parametrize(
    ("decimals", "says"),
    [
        (8, "token.decimals: the terms say 8, the token 2"),
        (255, "token.decimals: expected a whole number from 0 to 28, got 255"),
        (10**9, "token.decimals: expected a whole number from 0 to 28"),
        ("2", 'token.decimals: expected an integer, got "2"'),
        (2.0, "token.decimals: expected an integer, got 2.0"),
    ],
)
def test_decimals_that_are_not_the_tokens_lock_nothing(hand: ByHand, decimals: object, says: str) -> None:
    document = hand.document | {"token": hand.document["token"] | {"decimals": decimals}}
    hand.publish(document)
    hand.made(digest=digest(document))
    code, printed = bid(hand)
    assert code in {1, 2}, printed
    assert says in printed
    assert hand.held() == 0


@pytest.mark.parametrize(
    "more", [{"note": "the fee is 0"}, {"market": {"cohort": 2}}, {"clients": [{"id": 1}]}, {"name": 5}]
)
def test_a_document_with_other_fields_than_one_has_is_none(hand: ByHand, more: dict[str, Any]) -> None:
    """Its digest is on chain, so only its form tells."""
    document = hand.document | more
    hand.publish(document)
    hand.made(digest=digest(document))
    code, printed = bid(hand)
    assert (code, hand.held()) == (2, 0), printed


def test_a_token_of_another_symbol_is_named_before_the_question(hand: ByHand) -> None:
    document = hand.document | {"token": hand.document["token"] | {"unit": "USDC"}}
    hand.publish(document)
    hand.made(digest=digest(document))
    flags = [flag for flag in hand.flags(OWNERS[0]) if flag != "-y"]
    command = ["owner", "bid", hand.address, "--value", "950", "--escrow", "1200", *flags, "--dry-run"]
    code, printed = cofund(*command)
    assert code == 0, printed
    assert "unusual: the terms call the token 'USDC', the token calls itself 'EUR' ('cofund rehearsal euro')" in printed


def test_without_its_document_nobody_pays(hand: ByHand) -> None:
    hand.made()
    flags = ["-r", hand.anvil.url, "--home", hand.home(EDGES[0]), "--private-key", EDGES[0].key.hex(), "-y", "-q"]
    code, printed = cofund("edge", "bond", hand.address, *flags)
    assert (code, "expected the published terms of this campaign" in printed) == (1, True), printed
    assert hand.held() == 0


def test_who_paid_gets_out_whatever_the_contract_is(hand: ByHand) -> None:
    """The code is another one since; the seal is opened, and the warning is loud."""
    hand.made()
    assert bid(hand)[0] == 0
    hand.accept()
    hand.at(2)
    code = bytearray(hand.node.code(hand.factory.address))
    code[-1] ^= 1
    hand.anvil.ask("anvil_setCode", hand.factory.address, "0x" + code.hex())
    (hand.folder / "published.json").unlink()
    found, printed = hand.does(OWNERS[0], "owner", "reveal")
    assert found == 0, printed
    assert f"warning: {hand.address} is no contract of this program" in printed
    assert hand.campaign.view("owner", 0)[0][2]


def test_a_verdict_is_kept_for_this_document_and_this_code_only(hand: ByHand) -> None:
    hand.made()
    assert bid(hand)[0] == 0
    (kept,) = hand.home(OWNERS[0]).rglob("inspection.json")
    verdict = json.loads(kept.read_text())
    assert verdict["place"]["campaign"] == hand.address
    code = bytearray(hand.node.code(hand.address))
    code[100] ^= 1
    before = hand.anvil.ask("evm_snapshot")
    hand.anvil.ask("anvil_setCode", hand.address, "0x" + code.hex())
    play = ["coordinator", "bond", hand.address, *hand.flags(COORDINATOR), "--home", hand.home(OWNERS[0]), "-q"]
    found, printed = cofund(*play)
    assert (found, "no contract of this program" in printed) == (1, True), printed
    hand.anvil.ask("evm_revert", before)
    kept.write_text(json.dumps(verdict | {"block_hash": "00" * 32}))
    hand.node.sender.nonces.clear()
    assert cofund(*play)[0] == 0
    assert json.loads(kept.read_text()) == verdict  # compared again, since the block was another


FORGED = """# pragma version 0.4.3
event CampaignCreated:
    campaign: indexed(address)
    initiator: indexed(address)
    terms_digest: bytes32
    store: String[256]

@deploy
def __init__(campaign: address):
    log CampaignCreated(campaign=campaign, initiator=campaign, terms_digest=empty(bytes32), store="http://127.0.0.1:9")
"""


def test_a_forged_log_discredits_no_honest_campaign(hand: ByHand) -> None:
    """A stranger's log names the campaign before it is created: its address can be foreseen."""
    before = hand.anvil.ask("evm_snapshot")
    foreseen = hand.made()
    hand.anvil.ask("evm_revert", before)
    hand.node.sender.nonces.clear()
    source = hand.folder / "Forged.vy"
    source.write_text(FORGED)
    code = compile_contract(source)["bytecode"] + encode(["address"], [foreseen]).hex()
    hand.node.send(CLIENTS[0], None, code, "forge")
    assert hand.made() == foreseen
    assert bid(hand)[0] == 0


def test_terms_with_other_decimals_are_not_created(anvil: Anvil, tmp_path: Path) -> None:
    before = anvil.ask("evm_snapshot")
    small = Operating(anvil, tmp_path)
    for decimals in (4, 8):
        small.terms.write_text(small.toml().replace('tick = "10"', f'tick = "10"\ndecimals = {decimals}'))
        code, printed = cofund("campaign", "create", small.terms, *small.options())
        assert code == 2
        assert f"token.decimals: the terms say {decimals}, the token 6" in printed
    small.terms.write_text(small.toml())  # left out: the token's own
    made = small.create()
    assert json.loads(Path(made["terms"]).read_text())["token"]["decimals"] == 6
    anvil.ask("evm_revert", before)


def test_what_becomes_immutable_is_shown_in_whole_tokens_before_the_question(anvil: Anvil, tmp_path: Path) -> None:
    before = anvil.ask("evm_snapshot")
    small = Operating(anvil, tmp_path)
    options = ["-r", anvil.url, "--state", tmp_path / "state", "--private-key", KEY, "--dry-run"]
    code, printed = cofund("campaign", "create", small.terms, *options)
    assert code == 0, printed
    shown = printed[: printed.index("transactions from")]
    assert "what nobody can change later:" in shown
    assert "at most 0.001 rEUR a client-round" in shown
    assert "unusual: the veto window is 0: no owner can refuse a round" in shown
    code, printed = cofund("campaign", "check", small.terms, "-r", anvil.url)
    assert (code, "fit to create a campaign with" in printed) == (0, True), printed
    anvil.ask("evm_revert", before)
