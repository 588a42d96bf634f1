"""Whoever knows only a campaign's address finds its terms where they were announced, and checks them."""

from collections.abc import Iterator

import pytest
from eth_utils.address import to_checksum_address

from anvil import RICH, Anvil
from cofund.campaign.onchain import find_creation
from cofund.campaign.publication import terms_of
from cofund.campaign.published import Published, location, published_terms
from cofund.campaign.terms_file import load_terms
from cofund.chain.contract import Contract, creation_arguments
from cofund.errors import CheckFailed, InputError
from operating import FLAGS, Operating, cofund

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operating]:
    with Anvil(FLAGS) as anvil:
        yield Operating(anvil, tmp_path_factory.mktemp("announced"))


def found(small: Operating, address: str, store: str | None = None) -> Published:
    created = find_creation(small.node, address, None, 0, small.folder / "known" / address)
    return published_terms(small.node, address, created, store)


def test_terms_are_found_by_address_alone_and_checked(small: Operating) -> None:
    public = small.folder / "public"
    url = f"file://{public}"
    address = small.create("--store", url)["campaign"]
    published = found(small, address)
    assert published.store.url == url
    assert published.document == load_terms(small.terms, RICH.address)
    terms = public / "terms.json"
    terms.write_text(terms.read_text().replace("Small campaign", "Great campaign"))
    with pytest.raises(CheckFailed, match=r"terms.json: has the digest 0x\w+, the campaign carries 0x"):
        found(small, address)
    code, printed = cofund("campaign", "create", small.terms, *small.options(), "--store", f"file://{public}/")
    assert (code, "the terms of another campaign" in printed) == (2, True)
    code, printed = cofund("campaign", "create", small.terms, *small.options(), "--store", "/a/folder")
    assert (code, "announced on chain, got '/a/folder'" in printed) == (2, True)
    assert cofund("campaign", "create", small.terms, *small.options(), "--store", f"file:///{'x' * 250}")[0] == 2


def test_a_campaign_that_announced_nothing_or_no_text_is_one_line(small: Operating) -> None:
    made = small.create()
    with pytest.raises(InputError, match="since none was announced on chain"):
        found(small, made["campaign"])
    factory = Contract(small.node, "CampaignFactory", made["factory"])
    terms = terms_of(load_terms(small.terms, RICH.address))
    data = factory.encode("create", *creation_arguments(terms, "MARK")).replace(b"MARK".hex(), "fffefdfc")
    mined = small.node.send(RICH, factory.address, data, "create with bytes that are no text")
    (log,) = small.node.logs(mined.hash, factory.address)
    address = to_checksum_address(log.topics[1][-40:])
    created = find_creation(small.node, address, None, 0, small.folder / "known" / address)
    with pytest.raises(InputError, match="expected the URL of a store in UTF-8"):
        location(small.node, created, address)
