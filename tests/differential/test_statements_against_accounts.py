"""For every account in every kind of ending: paid and owed, less deposited, is what its statement's lines add up to."""

from collections.abc import Callable

import pytest

from cofund.campaign.books_section import books_section, read_books
from cofund.market.document import Field
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.rules import charge, clear
from cofund.money import Currency
from cofund.report.reading import Reading
from cofund.report.statement_lines import account_lines, claimable
from cofund.settlement.ledger import Status
from cofund.settlement.places import OfferPlace, places_of
from scenario import Scenario, everyone_leaves, sign_all, train
from twin import SPONSOR, Twin, address, with_terms

FULL = {"edge_bond": 70, "veto_window_s": 20, "tolerance": 1}
SILENT = frozenset({"owner2", "client4"})
RELAYED = frozenset({"client0", "client2", "client4"})
HARDLY = (500, 333, 125)
"""Bids that are hardly worth the third round: underwritten, it pays less than the price."""


def scenario(silent: frozenset[str] = SILENT, **terms: object) -> Scenario:
    return Scenario(with_terms(**FULL | terms), relayed=RELAYED, silent=silent)


def trained(rounds: int = 4, signing: str = "edges", *, release: bool = True, **terms: object) -> tuple[Twin, dict]:
    """Closed, with gaps in what was delivered, and nothing claimed yet."""
    twin = scenario(**terms).settled()
    trees = train(twin, rounds, gaps=0b11, signing=signing)
    if release:
        assert twin.release_models() is None
    return close(twin, trees)


def close(twin: Twin, trees: dict) -> tuple[Twin, dict]:
    if twin.close() is not None:
        twin.at(twin.ledger.accepted_end() + 2 * twin.terms.delivery_window_s)
        assert twin.close() is None
    return twin, trees


def in_training() -> tuple[Twin, dict]:
    twin = scenario().settled()
    assert twin.record_round(1) is None
    twin.at(twin.now + 20)
    return twin, sign_all(twin, 0)


def vetoed() -> tuple[Twin, dict]:
    twin = scenario().settled()
    for number in (1, 2):
        assert twin.record_round(number) is None
    assert twin.veto(2, "owner0") is None
    assert twin.ledger.rounds_done == 1
    trees = train(twin, 1)
    assert twin.release_models() is None
    return close(twin, trees)


def cancelled() -> tuple[Twin, dict]:
    twin = scenario(sponsor=SPONSOR, match=250_000_000).revealed()
    twin.at(twin.terms.settle_end)
    assert twin.cancel() is None
    return twin, {}


def hardly_worth_it() -> tuple[Twin, dict]:
    few = scenario(frozenset(), sponsor=SPONSOR, underwritten=True)
    twin = Scenario(few.terms, bids=HARDLY, relayed=RELAYED).settled()
    trees = train(twin, 4)
    assert twin.release_models() is None
    return close(twin, trees)


ENDINGS: dict[str, Callable[[], tuple[Twin, dict]]] = {
    "nothing settled": lambda: (scenario(sponsor=SPONSOR, match=250_000_000).revealed(), {}),
    "in training": in_training,
    "serial": trained,
    "matched": lambda: trained(sponsor=SPONSOR, match=250_000_000),
    "underwritten": lambda: trained(sponsor=SPONSOR, underwritten=True),
    "underwritten, hardly worth it": hardly_worth_it,
    "halted": lambda: trained(rounds=2),
    "halted, nothing released": lambda: trained(rounds=2, release=False),
    "no round": lambda: trained(rounds=0),
    "a stand-in signed": lambda: trained(signing="stand-in"),
    "nobody signed": lambda: trained(signing="nobody"),
    "vetoed": vetoed,
    "unfunded": lambda: (Scenario(with_terms(**FULL), bids=(30, 20), relayed=RELAYED).settled(), {}),
    "cancelled": cancelled,
}


@pytest.fixture(params=ENDINGS)
def ended(request: pytest.FixtureRequest) -> tuple[Twin, dict]:
    return ENDINGS[request.param]()


def reading(twin: Twin, trees: dict) -> Reading:
    """What a report reads of a record, as far as statements' lines need it; ids are accounts."""
    ledger, market = twin.ledger, twin.ledger.instance()
    rule = "vcg" if twin.terms.underwritten else "serial"
    bits = {at: bitmap for tree in trees.values() for at, bitmap in tree.bitmaps.items()}
    section = books_section(places_of(ledger, bits), {}, {})
    return Reading(
        record={
            "campaign": {"status": str(ledger.status)},
            "rounds": [{"round": number + 1, "vetoed": False} for number in range(ledger.rounds_done)],
        },
        instance=market,
        outcome=clear(market, rule),
        cohort=choose_cohort(market),
        purchases=charge(market, choose_cohort(market), rule).purchases,
        currency=Currency("unit", 0),
        names={},
        openings={},
        books=read_books(Field("record", "books", section)),
        owners=(),
        clients=(),
    )


def check_every_account(twin: Twin, trees: dict) -> Reading:
    read, ledger, owed = reading(twin, trees), twin.ledger, twin.ledger.owed()
    for account in ledger.deposits.keys() | ledger.payments.keys() | owed.keys():
        net = ledger.payments[account] + owed[account] - ledger.deposits[account]
        assert sum(line.amount for line in account_lines(read, account)) == net, account
    return read


def lost(read: Reading) -> set[str]:
    return {place.account for place in read.books.places if getattr(place, "bond", None) and place.bond.lost}


def test_with_nothing_claimed_half_and_all(ended: tuple[Twin, dict]) -> None:
    twin, trees = ended
    check_every_account(twin, trees)
    for tree in list(trees.values())[:1]:  # half: one edge's clients, and then whoever is owed something at one of two
        for position, bitmap in tree.bitmaps.items():
            assert twin.claim(twin.name_of(position), bitmap, tree.proof(position)) is None
    twin.withdraw("owner0", "edge0", "initiator")
    before = check_every_account(twin, trees)
    if twin.ledger.status in {Status.OPEN, Status.TRAINING}:
        return
    everyone_leaves(twin, trees)
    after = check_every_account(twin, trees)
    assert {place.bond.held for place in after.books.places if hasattr(place, "bond")} == {0}
    assert lost(before) <= lost(after)  # what is called lost does not come back


def test_what_is_called_claimable_is_what_claims_then_pay(ended: tuple[Twin, dict]) -> None:
    twin, trees = ended
    if twin.ledger.status == Status.OPEN:
        return
    read = reading(twin, trees)
    promised = {account: place.earned for account, place in read.books.clients.items()}
    fees = {place.account: place.earned for place in read.books.edges.values()}
    for tree in trees.values():
        for position, bitmap in tree.bitmaps.items():
            assert twin.claim(twin.name_of(position), bitmap, tree.proof(position)) is None
    for edge in trees:
        assert (twin.claim_edge_fee(edge) is None) == bool(fees[twin.terms.edges[edge].operator])
    assert {offer.client: offer.paid for offer in twin.ledger.offers} == promised
    done = reading(twin, trees)
    assert {place.account: place.paid for place in done.books.edges.values()} == fees
    assert not any(claimable(done, account) for account in (*promised, *fees))


def test_underwritten_a_round_hardly_worth_running_pays_less_than_the_price() -> None:
    twin, trees = hardly_worth_it()
    places = [place for place in places_of(twin.ledger, trees[0].bitmaps) if isinstance(place, OfferPlace)]
    assert any(place.saved > 0 and place.claimable > 0 for place in places)


def test_an_account_in_three_roles_is_named_in_each_and_has_one_sum() -> None:
    """A hospital that bids, has a site that trains, and runs the edge."""
    few, hospital = scenario(frozenset()), address("edge0")
    twin = few.committed()
    assert twin.commit_bid("edge0", 2500, 2600) is None
    assert twin.commit_offer("edge0", 2, 0) is None
    twin.at(twin.terms.commit_end)
    assert twin.reveal_bids("edge0", "owner0", "owner1") is None
    assert twin.reveal_offers("edge0", *(f"client{at}" for at in range(5))) is None
    twin.at(twin.terms.reveal_end)
    assert twin.settle() is None
    trees = train(twin, 4, gaps=0b11)
    assert twin.release_models() is None
    close(twin, trees)
    read = check_every_account(twin, trees)
    assert [role for role, _, _ in read.books.of(hospital)] == ["owner", "client", "edge"]
    section = books_section(read.books.places, {hospital: "hospital"}, {hospital: "its site"})
    assert [row["id"] for row in section if row["account"] == hospital] == ["hospital", "its site", "edge edge0"]
