"""``cofund campaign`` on a node: create, see where it stands, and the calls that anybody may make."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from anvil import KEY, RICH, Anvil
from cofund.campaign.publication import digest, terms_of
from cofund.campaign.terms_file import load_terms
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import BLUEPRINTS, HELPERS
from operating import COORDINATOR, FLAGS, OWNER, Operating, cofund

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil(FLAGS) as running:
        yield running


@pytest.fixture
def small(anvil: Anvil, tmp_path: Path) -> Iterator[Operating]:
    before = anvil.ask("evm_snapshot")
    yield Operating(anvil, tmp_path)
    anvil.ask("evm_revert", before)


def held(small: Operating) -> int:
    return small.token.view("balanceOf", small.address)


def test_a_campaign_is_created_once(small: Operating) -> None:
    made = small.create()
    document = json.loads(Path(made["terms"]).read_text())
    assert document == load_terms(small.terms, RICH.address)
    assert made["terms_digest"] == "0x" + digest(document).hex()
    sent = small.node.web3.eth.get_transaction_count(RICH.address)
    assert small.create() == made
    assert small.node.web3.eth.get_transaction_count(RICH.address) == sent
    small.terms.write_text(small.toml().replace("Small", "Another small"))
    again = small.create("--factory", made["factory"])
    assert again["campaign"] != made["campaign"]
    assert again["factory"] == made["factory"]
    assert small.node.web3.eth.get_transaction_count(RICH.address) == sent + 1


def test_a_funded_campaign_from_settlement_to_its_end(small: Operating) -> None:
    small.create()
    assert small.status()["phase"] == "commit"
    small.commit()
    small.reveal()
    assert small.status()["counts"] == {
        "owner_count": 1,
        "book_count": 2,
        "offer_count": 5,
        "revealed_count": 5,
        "rounds": 0,
        "rounds_done": 0,
    }
    small.at(3)
    assert small.status()["open_to_anyone"] == ["settle"]
    code, printed = small.call("settle")
    assert (code, json.loads(printed)["phase"]) == (0, "training")
    # ceiling 100 ticks, fees 10 and 5: offers cost 40, 60, -, 45, 65; two are wanted, south takes one
    standing = small.status()
    assert [edge["winners"] for edge in standing["edges"]] == [1, 1]
    assert [edge["price"] for edge in standing["edges"]] == ["600", "600"]
    assert standing["money"]["round_cost"] == "1210"
    small.campaign.send(COORDINATOR, "round 1", "record_round", 1, bytes(32), bytes(32), 0)
    assert small.status()["open_to_anyone"] == []
    assert small.call("halt") == (6, "error: halt: the round may still be recorded")
    small.at(6)
    assert small.status()["open_to_anyone"] == ["halt"]
    assert small.call("halt")[0] == 0
    assert small.status()["phase"] == "deliveries"
    assert small.call("close")[0] == 6
    small.at(9)
    assert json.loads(small.call("close")[1])["phase"] == "closed"
    everybody = [RICH, COORDINATOR, OWNER]
    small.campaign.send(RICH, "withdraw", "withdraw", [account.address for account in everybody])
    assert held(small) == 5 * 1000 - 2 * 600  # bonds of five offers, less the round that nobody signed for
    assert small.call("close") == (6, "error: close: still training")


def test_a_settlement_passes_over_a_book_that_stays_closed(small: Operating) -> None:
    small.create()
    small.commit()
    small.reveal(silent=1)
    small.at(3)
    assert small.call("settle")[0] == 0
    assert [edge["winners"] for edge in small.status()["edges"]] == [2, 0]
    assert small.status()["edges"][0]["price"] == "1000"


def test_what_nobody_settles_is_cancelled(small: Operating) -> None:
    small.create()
    small.commit()
    small.at(5)
    assert small.status()["open_to_anyone"] == ["cancel"]
    assert small.call("settle") == (6, "error: settle: not the settle phase")
    assert small.call("cancel")[0] == 0
    assert small.status()["phase"] == "cancelled"
    small.campaign.send(RICH, "withdraw", "withdraw", [OWNER.address, COORDINATOR.address])
    assert held(small) == 5 * 1000


def test_an_edge_without_its_bond_serves_nobody(small: Operating) -> None:
    small.terms.write_text(
        small.toml().replace('owner = "50"', 'owner = "50"\nedge = "7"').replace("min_cohort = 2", "min_cohort = 1")
    )
    small.create()
    small.commit()
    small.reveal()
    small.at(3)
    assert json.loads(small.call("settle")[1])["phase"] == "unfunded"
    assert [edge["bonded"] for edge in small.status()["edges"]] == [False, False]


def test_wrong_terms_are_found_before_anything_is_paid(small: Operating) -> None:
    before = small.node.web3.eth.get_transaction_count(RICH.address)
    small.terms.write_text(small.toml().replace('coordinator = "100"', 'coordinator = "1"'))
    code, printed = cofund("campaign", "create", small.terms, *small.options())
    assert (code, printed) == (6, "error: create campaign: create: coordinator bond below one unit per owner")
    assert small.node.web3.eth.get_transaction_count(RICH.address) == before


def test_nothing_is_sent_without_consent(small: Operating) -> None:
    before = small.node.web3.eth.get_transaction_count(RICH.address)
    options = ["-r", small.anvil.url, "--state", small.folder / "state", "--private-key", KEY]
    code, printed = cofund("campaign", "create", small.terms, *options)
    assert code == 3
    assert f"{len(BLUEPRINTS) + len(HELPERS) + 2} transactions from" in printed
    assert "no terminal to ask at" in printed
    code, printed = cofund("campaign", "create", small.terms, *options, "--dry-run")
    assert code == 0
    assert "dry run: nothing is sent" in printed
    assert small.node.web3.eth.get_transaction_count(RICH.address) == before


def test_the_account_comes_from_a_keystore(small: Operating) -> None:
    from eth_account import Account

    keystore, password = small.folder / "alice", small.folder / "password"
    keystore.write_text(json.dumps(Account.encrypt(KEY, "right", kdf="pbkdf2", iterations=1000)))
    rest = [
        "-r",
        small.anvil.url,
        "--state",
        small.folder / "state",
        "--account",
        keystore,
        "--password-file",
        password,
    ]
    for text, code, says in (("right\n", 0, "nothing is sent"), ("wrong\n", 4, "the password is wrong")):
        password.write_text(text)
        done, printed = cofund("campaign", "create", small.terms, *rest, "--dry-run")
        assert (done, says in printed) == (code, True), printed
    keystore.unlink()
    assert cofund("campaign", "create", small.terms, *rest)[0] == 4
    assert cofund("campaign", "create", small.terms, *rest[:4])[0] == 4


def test_who_is_asked_for_a_campaign_where_there_is_none_says_so(small: Operating) -> None:
    nobody = rehearsal_account("operating", "nobody").address
    assert cofund("campaign", "status", nobody, "-r", small.anvil.url)[0] == 2
    small.address = nobody
    assert small.call("settle")[0] == 2


def test_the_file_gives_the_terms_that_the_contract_gets(small: Operating) -> None:
    terms = terms_of(load_terms(small.terms, RICH.address))
    assert (terms.tick, terms.ceiling, terms.book_bond, terms.edges[0].fee) == (10, 1000, 1000, 100)
    assert sum(terms.quality) == 10**9
    assert terms.commit_end == 1_767_312_000
