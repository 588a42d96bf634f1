"""For every account in every kind of ending: paid and owed, less deposited, is what its statement's lines add up to."""

from collections.abc import Callable

import pytest

from cofund.campaign.books_section import books_section, read_books
from cofund.campaign.sections import conservation_section
from cofund.market.document import Field
from cofund.market.terms import EdgeTerms
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.rules import charge, clear
from cofund.money import Currency
from cofund.report.reading import Reading
from cofund.report.statement_lines import account_lines, claimable
from cofund.settlement.ledger import Status
from cofund.settlement.places import OfferPlace, places_of
from deliveries import Tree
from scenario import Scenario, claim_all, everyone_leaves, sign_all, train
from twin import SPONSOR, Twin, address, with_terms

REGION = (
    EdgeTerms("edge0", address("edge0"), 4, 20, 200),
    EdgeTerms("edge1", address("edge1"), 2, 10, 150, "edge0"),
)
FULL = {"edge_bond": 70, "veto_window_s": 20, "tolerance": 100_000_000, "edges": REGION}
SPONSORED = {
    "sponsor": SPONSOR,
    "listed_owners": True,
    "weights": tuple((address(f"owner{at}"), at + 1) for at in range(3)),
}
SILENT, SILENCE = frozenset({"owner2"}), frozenset({"owner1", "edge1"})
HARDLY = (500, 333, 125)
"""Bids that are hardly worth the third round: underwritten, it pays less than the price."""
Trees = dict[int, Tree]


def scenario(silent: frozenset[str] = SILENT, **terms: object) -> Scenario:
    return Scenario(with_terms(**FULL | terms), silent=silent)


def trained(
    rounds: int = 4,
    signing: str = "edges",
    *,
    release: bool = True,
    silent: frozenset[str] = SILENT,
    **terms: object,
) -> tuple[Twin, Trees]:
    """Closed, with gaps in what was delivered, and nothing claimed yet."""
    twin = scenario(silent, **terms).settled()
    trees = train(twin, rounds, gaps=0b11, signing=signing)
    if release:
        assert twin.release_models() is None
    return close(twin, trees)


def close(twin: Twin, trees: Trees) -> tuple[Twin, Trees]:
    if twin.close() is not None:
        twin.at(twin.ledger.accepted_end() + 2 * twin.terms.delivery_window_s)
        assert twin.close() is None
    return twin, trees


def in_training() -> tuple[Twin, Trees]:
    twin = scenario().settled()
    assert twin.record_round(1) is None
    twin.at(twin.now + 20)
    return twin, sign_all(twin, 0)


def vetoed() -> tuple[Twin, Trees]:
    twin = scenario().settled()
    assert twin.record_round(1) is None
    twin.at(twin.ledger.may_build(2))
    assert twin.record_round(2) is None
    assert twin.veto(2, "owner0") is None
    assert twin.veto(2, "owner1") is None
    assert twin.ledger.rounds_done == 1
    trees = train(twin, 1)
    assert twin.release_models() is None
    return close(twin, trees)


def cancelled() -> tuple[Twin, Trees]:
    twin = scenario(**SPONSORED, match=250_000_000).revealed()
    twin.at(twin.terms.settle_end)
    assert twin.cancel() is None
    return twin, {}


def hardly_worth_it() -> tuple[Twin, Trees]:
    few = scenario(frozenset(), **SPONSORED, underwritten=True)
    twin = Scenario(few.terms, bids=HARDLY).settled()
    trees = train(twin, 4)
    assert twin.release_models() is None
    return close(twin, trees)


ENDINGS: dict[str, Callable[[], tuple[Twin, Trees]]] = {
    "nothing settled": lambda: (scenario(**SPONSORED, match=250_000_000).revealed(), {}),
    "in training": in_training,
    "serial": trained,
    "matched": lambda: trained(**SPONSORED, match=250_000_000),
    "underwritten": lambda: trained(**SPONSORED, underwritten=True),
    "underwritten, hardly worth it": hardly_worth_it,
    "halted": lambda: trained(rounds=2),
    "halted inside the goal": lambda: trained(rounds=1, goal=3),
    "a book was never opened": lambda: trained(silent=frozenset({"edge1"}), cohort=2, min_cohort=1),
    "nothing may be missing": lambda: trained(tolerance=0),
    "halted, nothing released": lambda: trained(rounds=2, release=False),
    "no round": lambda: trained(rounds=0),
    "a stand-in signed": lambda: trained(signing="stand-in"),
    "nobody signed": lambda: trained(signing="nobody"),
    "vetoed": vetoed,
    "unfunded": lambda: (
        Scenario(with_terms(**FULL), bids=(30, 20), silent=frozenset({"owner1", "edge1"})).settled(),
        {},
    ),
    "cancelled": cancelled,
}


@pytest.fixture(params=ENDINGS)
def ended(request: pytest.FixtureRequest) -> tuple[Twin, Trees]:
    return ENDINGS[request.param]()


def reading(twin: Twin, trees: Trees) -> Reading:
    """What a report reads of a record, as far as statements' lines need it; ids are accounts."""
    ledger, market = twin.ledger, twin.ledger.instance()
    rule = "vcg" if twin.terms.underwritten else "serial"
    section = books_section(places_of(ledger, bits(trees)), {}, {}, names(twin))
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
        offered={},
    )


def bits(trees: Trees) -> dict[tuple[int, int], int]:
    return {(edge, at): bitmap for edge, tree in trees.items() for at, bitmap in enumerate(tree.bitmaps.values())}


def names(twin: Twin) -> dict[tuple[str, int], str]:
    """Offers named by their numbers, as the ledger's instance has them."""
    edges = twin.terms.edges
    return {(edges[offer.edge].id, offer.place): str(at) for at, offer in enumerate(twin.ledger.offers)}


def check_every_account(twin: Twin, trees: Trees) -> Reading:
    read, ledger, owed = reading(twin, trees), twin.ledger, twin.ledger.owed()
    for account in ledger.deposits.keys() | ledger.payments.keys() | owed.keys():
        net = ledger.payments[account] + owed[account] - ledger.deposits[account]
        assert sum(line.amount for line in account_lines(read, account)) == net, account
    told = {name: int(amount) for name, amount in conservation_section(ledger, read.books.places).items()}
    charged, _ = told["charges"] + told["sponsored"], [told.pop(name) for name in ("charges", "sponsored")]
    assert told.pop("deposited") == told.pop("paid_out") + told.pop("held")
    assert sum(told.values()) == charged
    return read


def lost(read: Reading) -> set[str]:
    return {place.account for place in read.books.places if getattr(place, "bond", None) and place.bond.lost}


def test_with_nothing_claimed_half_and_all(ended: tuple[Twin, Trees]) -> None:
    twin, trees = ended
    check_every_account(twin, trees)
    claim_all(twin, dict(list(trees.items())[:1]))  # half: one edge's clients
    twin.withdraw("owner0", "edge0", "initiator")
    before = check_every_account(twin, trees)
    if twin.ledger.status in {Status.OPEN, Status.TRAINING}:
        return
    everyone_leaves(twin, trees)
    after = check_every_account(twin, trees)
    assert {place.bond.held for place in after.books.places if hasattr(place, "bond")} == {0}
    assert lost(before) <= lost(after)  # what is called lost does not come back


def test_what_is_called_claimable_is_what_claims_then_pay(ended: tuple[Twin, Trees]) -> None:
    twin, trees = ended
    if twin.ledger.status == Status.OPEN:
        return
    read = reading(twin, trees)
    promised = {name: place.earned for name, place in read.books.clients.items()}
    fees = {place.account: place.earned for place in read.books.edges.values()}
    claim_all(twin, trees)
    for edge, terms in enumerate(twin.terms.edges):
        assert (twin.claim_edge_fee(edge) is None) == bool(fees[terms.operator])
    assert {str(at): offer.paid + offer.extra for at, offer in enumerate(twin.ledger.offers)} == promised
    done = reading(twin, trees)
    assert {place.account: place.paid for place in done.books.edges.values()} == fees
    assert not any(claimable(done, account) for account in (*promised, *fees))


def test_underwritten_a_round_hardly_worth_running_pays_less_than_the_price() -> None:
    twin, trees = hardly_worth_it()
    places = [place for place in places_of(twin.ledger, bits(trees)) if isinstance(place, OfferPlace)]
    assert any(place.saved > 0 and place.claimable > 0 for place in places)


def test_an_account_in_three_roles_is_named_in_each_and_has_one_sum() -> None:
    """A hospital that bids, and runs an edge with its book."""
    few, hospital = Scenario(with_terms(**FULL), offers=((3, 0), (5, 0), (6, 1))), address("edge0")
    twin = few.committed()
    assert twin.commit_bid("edge0", 2500, 2600) is None
    twin.at(twin.terms.commit_end)
    assert twin.reveal_bids("edge0", "owner0", "owner1", "owner2") is None
    assert twin.open_book("edge0") is None
    assert twin.open_book("edge1") is None
    twin.at(twin.terms.reveal_end)
    assert twin.settle() is None
    trees = train(twin, 4, gaps=0b11)
    assert twin.release_models() is None
    close(twin, trees)
    read = check_every_account(twin, trees)
    assert [role for role, _, _ in read.books.of(hospital)] == ["owner", "book", "edge"]
    section = books_section(read.books.places, {hospital: "hospital"}, {hospital: "its book"}, names(twin))
    assert [row["id"] for row in section if row["account"] == hospital] == ["hospital", "its book", "edge edge0"]
