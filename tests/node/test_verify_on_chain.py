"""``cofund verify ADDRESS``: one byte of any contract, or one value of the terms, and it says which."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anvil import RICH, Anvil
from cofund.campaign.publication import terms_of
from cofund.campaign.terms_file import load_terms
from cofund.chain.contract import (
    Contract,
    books_address,
    create_campaign,
    creation_arguments,
    deploy,
    deploy_factory,
)
from cofund.chain.terms_abi import head_fields
from operating import FLAGS, OWNER, Operating, cofund

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Iterator[Operating]:
    with Anvil(FLAGS) as running:
        made = Operating(running, tmp_path_factory.mktemp("verify"))
        made.create()
        yield made


def verify(small: Operating, *more: object) -> tuple[int, str]:
    return cofund("verify", small.address, "-r", small.anvil.url, "--state", small.folder / "state", *more)


def parts(small: Operating) -> dict[str, str]:
    factory = Contract(
        small.node, "CampaignFactory", json.loads(verify(small, "--json")[1])["checked"][0].split()[2][:-1]
    )
    helpers = {
        name: factory.view(view)
        for name, view in (
            ("Campaign blueprint", "BLUEPRINT"),
            ("Books blueprint", "BOOKS_BLUEPRINT"),
            ("SealedBooks blueprint", "SEALED_BOOKS_BLUEPRINT"),
            ("Refusals", "REFUSALS"),
            ("SerialSharing", "SERIAL_SHARING"),
            ("PivotSharing", "PIVOT_SHARING"),
        )
    }
    books = {"Books": books_address(small.address)}
    return (
        {"Campaign": small.address, "CampaignFactory": factory.address}
        | books
        | {name: small.node.web3.to_checksum_address(address) for name, address in helpers.items()}
    )


def test_a_campaign_is_verified_with_its_terms(small: Operating) -> None:
    code, printed = verify(small, "--terms", small.terms)
    assert code == 0, printed
    lines = printed.splitlines()
    assert len(lines) == 22
    for name, address in parts(small).items():
        assert any(line.startswith(f"  {name} at {address}: ") for line in lines), name
    assert re.search(r"terms: digest 0x[0-9a-f]{64}, and every value of the file is the campaign's", printed)


@pytest.mark.parametrize(
    "name",
    [
        *("Campaign", "CampaignFactory", "Campaign blueprint", "Books", "Books blueprint", "SealedBooks blueprint"),
        *("Refusals", "SerialSharing", "PivotSharing"),
    ],
)
@pytest.mark.parametrize("place", [0.0, 0.3, 0.9999])
def test_one_changed_byte_is_named(small: Operating, name: str, place: float) -> None:
    """Also in the immutables at the end: terms and addresses."""
    address = parts(small)[name]
    code = bytearray(small.node.code(address))
    at = int(place * len(code))
    code[at] ^= 1
    before = small.anvil.ask("evm_snapshot")
    small.anvil.ask("anvil_setCode", address, "0x" + code.hex())
    try:
        found, printed = verify(small)
        assert found == 1, printed
        assert printed.startswith("error: ")
        assert len(printed.splitlines()) == 1
        if name == "CampaignFactory" and place > 0.9:
            assert ": no contract there" in printed  # an address in it is another one
        elif name != "Campaign" or place < 0.9:
            assert f"{name} at {address}: byte {at:,} is {code[at]:#04x}, in the packaged contract" in printed
        else:
            assert f"Campaign at {address}: byte" in printed
    finally:
        small.anvil.ask("evm_revert", before)


@pytest.mark.parametrize("word", range(1, len(head_fields()) + 5))
def test_every_word_of_a_campaigns_immutables_is_compared(small: Operating, word: int) -> None:
    """The terms are compared with the file, what follows from them with what it follows from."""
    code = bytearray(small.node.code(small.address))
    code[-32 * word + 31 if word > 1 else -1] ^= 1
    before = small.anvil.ask("evm_snapshot")
    small.anvil.ask("anvil_setCode", small.address, "0x" + code.hex())
    found, printed = verify(small, "--terms", small.terms)
    small.anvil.ask("evm_revert", before)
    assert found == 1, printed


@pytest.mark.parametrize("cut", [-1, 1, 32])
def test_code_of_another_length_is_named(small: Operating, cut: int) -> None:
    code = small.node.code(small.address)
    code = code[:cut] if cut < 0 else code + bytes(cut)
    before = small.anvil.ask("evm_snapshot")
    small.anvil.ask("anvil_setCode", small.address, "0x" + code.hex())
    found = verify(small)
    small.anvil.ask("evm_revert", before)
    assert found[0] == 1
    assert "bytes of code, expected" in found[1]


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('name = "Small campaign"', 'name = "Other"', "terms: the campaign carries the digest 0x"),
        ("capacity = 1", "capacity = 2", "terms: the campaign carries the digest 0x"),
        ('tick = "10"', 'tick = "30"', "market.ceiling: expected a multiple of the tick, 30 base units"),
    ],
)
def test_other_terms_are_refused(small: Operating, was: str, becomes: str, says: str) -> None:
    other = small.folder / "OTHER.toml"
    other.write_text(small.toml().replace(was, becomes, 1))
    code, printed = verify(small, "--terms", other)
    assert code in {1, 2}
    assert says in printed


def test_a_campaign_whose_storage_is_not_what_its_digest_promises_is_found_out(small: Operating) -> None:
    """The initiator publishes one document, and creates the campaign with its digest but with other numbers."""
    document = load_terms(small.terms, RICH.address)
    honest = terms_of(document)
    factory = deploy_factory(small.node, RICH)
    lies = {
        "edges[1]": {"edges": (honest.edges[0], replace(honest.edges[1], operator=OWNER.address))},
        "curve[0]": {"quality": (10**9, 0, 0, 0)},
        "listed_owners": {"weights": ((OWNER.address, 7),), "listed_owners": True},
        "goals[0]": {"goal": 1},
        "cohort": {"cohort": 3},
        "settle_end": {"settle_end": honest.settle_end + 1},
    }
    for field, lie in lies.items():
        values = {name: getattr(honest, name) for name in type(honest).__slots__}
        campaign = create_campaign(factory, RICH, type(honest)(**values | lie))
        state = ["-r", small.anvil.url, "--state", small.folder / "lies", "--terms", small.terms]
        assert cofund("verify", campaign.address, *state, "--factory", factory.address)[1].startswith(
            f"error: terms.{field}: "
        )


def test_a_contract_that_no_factory_created_is_refused(small: Operating) -> None:
    terms = terms_of(load_terms(small.terms, RICH.address))
    factory = parts(small)
    head, edges, curve, goals, weights, _ = creation_arguments(terms)
    filled = (head[0], RICH.address, head[2], head[3], factory["SerialSharing"], *head[5:])
    factory_parts = factory["Refusals"], factory["Books blueprint"]
    alone = deploy(small.node, RICH, "Campaign", *factory_parts, filled, edges, curve, goals, weights)
    options = ["-r", small.anvil.url, "--state", small.folder / "state"]
    code, printed = cofund("verify", alone.address, *options)
    assert code == 2
    assert "expected a campaign that a factory created" in printed
    assert cofund("verify", small.token.address, *options)[0] == 2
    assert cofund("verify", OWNER.address, *options)[0] == 1


def test_a_record_is_also_looked_up_on_the_node(small: Operating, demo_record_path: Path) -> None:
    assert cofund("verify", demo_record_path, "-r", small.anvil.url) == (
        1,
        "error: transactions[0]: of chain 424242, the node is on chain 31337",
    )


def test_a_campaign_without_books_is_one_of_protocol_1(small: Operating) -> None:
    before = small.anvil.ask("evm_snapshot")
    small.anvil.ask("anvil_setCode", small.books.address, "0x")
    found, printed = verify(small)
    small.anvil.ask("evm_revert", before)
    assert (found, "cofund at commit 840515f, of protocol 0.1 reads campaigns" in printed) == (1, True), printed
