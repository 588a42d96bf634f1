# pragma version 0.4.3
"""
@title Creates campaigns, one contract each
@license Apache-2.0
@notice The factory holds no money and has no owner. It only proves that a campaign runs this code.
"""

import Campaign


event CampaignCreated:
    campaign: indexed(address)
    initiator: indexed(address)
    terms_digest: bytes32


MAX_EDGES: constant(uint256) = 64
MAX_OWNERS: constant(uint256) = 64
MAX_ROUNDS: constant(uint256) = 256
MAX_OFFERS: constant(uint256) = 12_000
MAX_AMOUNT: constant(uint256) = 2**96 - 1
MAX_COST: constant(uint256) = 2**48 - 1  # ticks
ONE: constant(uint256) = 10**9
# ERC-5202: a blueprint starts with 0xFE7100, which keeps it from being called.
PREAMBLE: constant(uint256) = 3

BLUEPRINT: public(immutable(address))
SHARING: public(immutable(address))

is_campaign: public(HashMap[address, bool])


@deploy
def __init__(blueprint: address, sharing: address):
    """
    @param blueprint Campaign as an ERC-5202 blueprint
    @param sharing a SerialSharing contract, used by every campaign
    """
    BLUEPRINT = blueprint
    SHARING = sharing


@external
def create(
    terms: Campaign.Terms,
    edges: DynArray[Campaign.EdgeTerms, MAX_EDGES],
    quality: DynArray[uint256, MAX_ROUNDS],
    weights: DynArray[Campaign.OwnerWeight, MAX_OWNERS],
) -> address:
    """
    @notice Create a campaign whose initiator is the caller.
    @param terms the public terms, see Campaign
    @param edges one entry for every edge server, in the order that offers refer to
    @param quality dq_1..dq_R in parts of 10**9
    @param weights public size weights of named owners; everybody else weighs 1
    @return the new campaign's address
    """
    self._check(terms, edges, quality, weights)
    campaign: address = create_from_blueprint(
        BLUEPRINT, SHARING, msg.sender, terms, edges, quality, weights, code_offset=PREAMBLE
    )
    self.is_campaign[campaign] = True
    log CampaignCreated(campaign=campaign, initiator=msg.sender, terms_digest=terms.digest)
    return campaign


@internal
@view
def _check(
    terms: Campaign.Terms,
    edges: DynArray[Campaign.EdgeTerms, MAX_EDGES],
    quality: DynArray[uint256, MAX_ROUNDS],
    weights: DynArray[Campaign.OwnerWeight, MAX_OWNERS],
):
    """
    @notice Refuse terms under which a sum could overflow, a phase could be empty or a promise could not be kept.
    """
    assert block.timestamp < terms.commit_end, "create: commit phase is over"
    assert terms.commit_end < terms.reveal_end and terms.reveal_end < terms.settle_end, "create: phases out of order"
    assert (
        terms.settle_end < 2**64 and terms.round_limit < 2**64 and terms.delivery_window < 2**64
    ), "create: time too far"
    assert terms.round_limit > 0 and terms.delivery_window > 0, "create: a time limit is zero"
    assert terms.coordinator != empty(address), "create: no coordinator"
    assert 0 < terms.min_cohort and terms.min_cohort <= terms.cohort, "create: min_cohort not in 1..cohort"
    assert terms.cohort <= MAX_OFFERS, "create: cohort over the offer cap"
    assert 0 < terms.tick and terms.tick <= MAX_AMOUNT, "create: tick out of range"
    assert terms.ceiling <= MAX_COST and terms.ceiling * terms.tick <= MAX_AMOUNT, "create: ceiling out of range"
    assert terms.coordinator_fee <= MAX_AMOUNT, "create: coordinator fee out of range"
    # a sealed offer must cost at least what its silence could move a price by
    assert terms.ceiling * terms.tick <= terms.client_bond, "create: client bond below the ceiling"
    assert terms.client_bond <= MAX_AMOUNT and terms.owner_bond <= MAX_AMOUNT, "create: bond out of range"
    # a halted goal is charged pro rata, rounded down; the bond covers the units lost by rounding
    assert MAX_OWNERS <= terms.coordinator_bond, "create: coordinator bond below one unit per owner"
    assert terms.coordinator_bond <= MAX_AMOUNT, "create: bond out of range"
    assert 0 < terms.goal and terms.goal <= len(quality), "create: goal not in 1..rounds"
    assert len(edges) > 0, "create: no edges"

    total: uint256 = 0
    before: uint256 = ONE
    for step: uint256 in quality:
        assert step <= before, "create: quality increases"
        before = step
        total += step
    assert total == ONE, "create: quality does not sum to 10**9"
    for edge: Campaign.EdgeTerms in edges:
        assert edge.operator != empty(address), "create: edge without operator"
        assert edge.capacity <= MAX_OFFERS, "create: edge capacity over the offer cap"
        assert edge.fee <= terms.ceiling, "create: edge fee above the ceiling"
    for entry: Campaign.OwnerWeight in weights:
        assert 0 < entry.weight and entry.weight < 2**32, "create: weight out of range"
