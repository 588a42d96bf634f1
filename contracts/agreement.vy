# pragma version 0.4.3
"""
@title The public terms of a campaign
@license Apache-2.0
@notice Fixed at creation; the factory has checked them: only a campaign that `CampaignFactory.is_campaign` knows can be
        relied on. Amounts are base units of the token, times seconds. Costs, fees and ceilings of client-rounds are
        counted in ticks of `tick` base units, so that an offer fits 48 bits whatever the token's decimals.
"""

MAX_AMOUNT: constant(uint256) = 2**96 - 1
MAX_EDGES: constant(uint256) = 64
MAX_OWNERS: constant(uint256) = 64
MAX_ROUNDS: constant(uint256) = 256
MAX_GOALS: constant(uint256) = 16
ONE: constant(uint256) = 10**9


struct Terms:
    token: address
    initiator: address
    coordinator: address
    sponsor: address  # zero if there is none
    sharing: address  # the rule: see ISharing
    underwritten: bool  # the sponsor pays whatever the owners do not (rule `vcg`)
    match: uint256  # else the part of every round's cost that the sponsor pays, in parts of 10**9
    commit_end: uint256  # seconds since the epoch, like the next two
    reveal_end: uint256
    settle_end: uint256
    round_limit: uint256  # seconds from one record to the next
    veto_window: uint256  # seconds after its record in which a round may be vetoed
    unaccepted: uint256  # recorded rounds that may still be vetoed, at most at any time
    delivery_window: uint256  # seconds after training for an edge's last root, then as long for the stand-in
    tick: uint256  # base units
    cohort: uint256
    min_cohort: uint256
    ceiling: uint256  # ticks per client-round, fees included: the highest of all edges
    coordinator_fee: uint256  # base units per round
    rounds: uint256  # on offer
    tolerance: uint256  # part of an edge's client-rounds that may be missing for nothing, parts of 10**9
    owner_bond: uint256  # base units, like the next three
    book_bond: uint256  # for every client in a book
    edge_bond: uint256
    coordinator_bond: uint256
    stake: uint256  # sealed books: of who settles without books that it calls absent, base units
    absence_window: uint256  # sealed books: seconds in which they may still be opened
    sealed: bool  # books are never opened
    listed_owners: bool  # only owners whose weight the terms name may bid
    digest: bytes32  # of the published terms document


struct OwnerWeight:
    owner: address
    weight: uint256


struct EdgeTerms:
    operator: address
    capacity: uint256  # clients at and below it, below 2**16
    fee: uint256  # ticks per client-round at and below it, below 2**48
    ceiling: uint256  # ticks per client-round of its own clients, fees included, below 2**48
    parent: uint256  # 1 + the edge above it, which comes before it; 0 for the cloud


terms: public(immutable(Terms))


@deploy
def __init__(public_terms: Terms):
    terms = public_terms


@internal
@view
def _sponsorship() -> uint256:
    """
    @notice The most that the sponsor's promise can come to, base units.
    """
    most: uint256 = terms.cohort * terms.ceiling * terms.tick + terms.coordinator_fee
    return terms.rounds * (most if terms.underwritten else terms.match * most // ONE)
