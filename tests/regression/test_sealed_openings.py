"""A commitment opens once and for its own sender, campaign and chain only (I-3, B-1).

Vyper's example of a blind auction can be drained: one bid opened eleven times took eleven deposits.
"""

from dataclasses import replace

import pytest
from eth_abi import encode

from cofund.chain.contract import opening_arguments
from cofund.errors import Reverted
from cofund.market.offer_book import BookSection, ListedOffer, OfferBook
from cofund.market.sealing import Opening, seal
from evm import CHAIN_ID, Deployed, signature_of
from scenario import Scenario, close_and_leave, train
from twin import ROOT, Twin, address

ANOTHER_CAMPAIGN = address("elsewhere")
BEST_BID = Opening(address("owner0"), 500, b"\6" * 32)


def with_commitment(bid: bytes) -> Deployed:
    """A campaign in its reveal phase, with this commitment."""
    twin = Twin(Scenario().terms)
    chain = twin.chain
    assert twin.post_coordinator_bond() is None
    chain.fund(BEST_BID.sender, 10**6)
    chain.call("commit_bid", bid, 500, ROOT, sender=BEST_BID.sender)
    twin.at(twin.terms.commit_end)
    return chain


def sealed(opening: Opening, *, chain_id: int = CHAIN_ID, campaign: str | None = None) -> bytes:
    return seal(chain_id, campaign or Twin(Scenario().terms).chain.campaign, opening)


def test_the_right_opening_is_accepted_once() -> None:
    chain = with_commitment(sealed(BEST_BID))
    chain.call("reveal_bids", opening_arguments([BEST_BID]))
    with pytest.raises(Reverted, match="reveal: nothing new"):
        chain.call("reveal_bids", opening_arguments([BEST_BID]))


def test_an_opening_eleven_times_in_one_batch_counts_once() -> None:
    twin = Scenario().revealed()
    assert twin.reveal_bids("owner0") == "reveal: nothing new"
    twin = Scenario().committed()
    twin.at(twin.terms.commit_end)
    assert twin.reveal_bids(*["owner0"] * 11, "owner1", "owner2") is None
    assert (twin.open_book("edge0"), twin.open_book("edge1")) == (None, None)
    assert twin.open_book("edge0") == "book: open already"
    twin.at(twin.terms.reveal_end)
    assert twin.settle() is None
    close_and_leave(twin, train(twin, 4))
    assert twin.ledger.held() == 0


def test_a_batch_goes_on_when_somebody_opens_one_of_it_first() -> None:
    twin = Scenario().committed()
    twin.at(twin.terms.commit_end)
    assert twin.reveal_bids("owner2") is None
    assert twin.reveal_bids("owner2", "owner0") is None


def test_a_batch_with_one_wrong_opening_changes_nothing() -> None:
    twin = Scenario().committed()
    twin.at(twin.terms.commit_end)
    assert twin.reveal_bids("owner0", "owner9") == "reveal: no such sealed bid"
    assert twin.ledger.owners[0].bid is None


@pytest.mark.parametrize(
    "bid",
    [
        sealed(BEST_BID, chain_id=CHAIN_ID + 1),
        sealed(BEST_BID, campaign=ANOTHER_CAMPAIGN),
        sealed(replace(BEST_BID, sender=address("somebody"))),
    ],
    ids=["another chain", "another campaign", "another sender"],
)
def test_a_commitment_made_for_anything_else_does_not_open(bid) -> None:
    chain = with_commitment(bid)
    with pytest.raises(Reverted, match="reveal: no such sealed bid"):
        chain.call("reveal_bids", opening_arguments([BEST_BID]))


@pytest.mark.parametrize("other", [{"amount": 4}, {"salt": bytes(32)}], ids=lambda other: next(iter(other)))
def test_another_opening_of_the_same_commitment_is_refused(other) -> None:
    chain = with_commitment(sealed(BEST_BID))
    with pytest.raises(Reverted, match="reveal: no such sealed bid"):
        chain.call("reveal_bids", opening_arguments([replace(BEST_BID, **other)]))


# ---------------------------------------------------------------- books


def changed(book: OfferBook, **first: object) -> OfferBook:
    """The same book but for its first offer."""
    section = book.sections[0]
    offers = (replace(section.offers[0], **first), *section.offers[1:])
    return replace(book, sections=(BookSection(section.edge, offers), *book.sections[1:]))


LIES = {
    "another cost": lambda book: changed(book, cost=0),
    "another client": lambda book: changed(book, client=address("outsider")),
    "another seed": lambda book: replace(book, seed=bytes(32)),
    "another edge": lambda book: replace(book, sections=(BookSection(1, book.sections[0].offers),)),
    "another operator": lambda book: replace(book, operator=address("edge1")),
    "a client more": lambda book: replace(
        book, sections=(BookSection(0, (*book.sections[0].offers, ListedOffer(address("outsider"), 19))),)
    ),
    "a client less": lambda book: replace(book, sections=(BookSection(0, book.sections[0].offers[:-1]),)),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_a_book_opens_to_what_was_sealed_and_to_nothing_else(lie) -> None:
    twin = Scenario().committed()
    twin.at(twin.terms.commit_end)
    book = twin.sealed[address("edge0")]
    with pytest.raises(Reverted, match="book: "):
        twin.chain.machine.send(twin.books, opening(lie(book)))
    assert twin.open_book("edge0") is None


def test_who_copies_a_commitment_cannot_open_it() -> None:
    """The other operator seals the same 32 bytes, and neither's book opens them."""
    twin = Scenario(offers=((3, 0), (5, 0))).committed()
    book = twin.sealed[address("edge0")]
    arguments = (1, book.commitment(CHAIN_ID, twin.chain.campaign), 2)
    twin.chain.fund(address("edge1"), 10**6)
    twin.chain.machine.call("Books", twin.books, "commit_book", *arguments, sender=address("edge1"))
    twin.at(twin.terms.commit_end)
    for lie in (
        replace(book, operator=address("edge1")),
        LIES["another edge"](replace(book, operator=address("edge1"))),
    ):
        with pytest.raises(Reverted, match="book: not the committed one"):
            twin.chain.machine.send(twin.books, opening(lie))


def opening(book: OfferBook) -> bytes:
    selector, inputs, _ = signature_of("Books", "open_book", 3)
    return selector + encode(inputs, (book.operator, book.seed, list(book.counts))) + book.records
