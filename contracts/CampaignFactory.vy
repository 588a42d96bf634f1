# pragma version 0.4.3
"""
@title Creates campaigns, one contract each
@license Apache-2.0
@notice The factory holds no money and has no owner. It only proves that a campaign runs this code with terms within
        bounds. A campaign's address binds everything that it was created with: should a reorganisation undo the
        creation, no other campaign can take the address, and creating the same again gives it back.
"""

import agreement
import quality


event CampaignCreated:
    campaign: indexed(address)
    initiator: indexed(address)
    terms_digest: bytes32
    store: String[MAX_STORE]


MAX_EDGES: constant(uint256) = agreement.MAX_EDGES
MAX_OWNERS: constant(uint256) = agreement.MAX_OWNERS
MAX_ROUNDS: constant(uint256) = agreement.MAX_ROUNDS
MAX_AMOUNT: constant(uint256) = agreement.MAX_AMOUNT
MAX_CAPACITY: constant(uint256) = 2**16 - 1
MAX_COHORT: constant(uint256) = 2**20
MAX_STORE: constant(uint256) = 256  # bytes
MAX_WINDOW: constant(uint256) = 2 * 365 * 24 * 3600  # seconds: nobody's money is locked for longer by one step
MAX_CEILING: constant(uint256) = 2**48 - 2  # ticks; so that every amount fits 48 bits
ONE: constant(uint256) = 10**9
# ERC-5202: a blueprint starts with 0xFE7100, which keeps it from being called.
PREAMBLE: constant(uint256) = 3

BLUEPRINT: public(immutable(address))
BOOKS_BLUEPRINT: public(immutable(address))
SEALED_BOOKS_BLUEPRINT: public(immutable(address))
REFUSALS: public(immutable(address))
SERIAL_SHARING: public(immutable(address))
PIVOT_SHARING: public(immutable(address))

is_campaign: public(HashMap[address, bool])
campaign_of: public(HashMap[bytes32, address])  # by the hash of all that it was created with


@deploy
def __init__(
    blueprint: address,
    books_blueprint: address,
    sealed_books_blueprint: address,
    refusals: address,
    serial_sharing: address,
    pivot_sharing: address,
):
    """
    @param blueprint Campaign as an ERC-5202 blueprint
    @param books_blueprint Books likewise
    @param sealed_books_blueprint SealedBooks likewise
    @param refusals the sentences of refused calls
    @param serial_sharing the rule of campaigns that are not underwritten
    @param pivot_sharing the rule of those that are
    """
    BLUEPRINT = blueprint
    BOOKS_BLUEPRINT = books_blueprint
    SEALED_BOOKS_BLUEPRINT = sealed_books_blueprint
    REFUSALS = refusals
    SERIAL_SHARING = serial_sharing
    PIVOT_SHARING = pivot_sharing


@external
def create(
    terms: agreement.Terms,
    edges: DynArray[agreement.EdgeTerms, MAX_EDGES],
    curve: DynArray[uint256, quality.MAX_WORDS],
    goals: DynArray[uint256, agreement.MAX_GOALS],
    weights: DynArray[agreement.OwnerWeight, MAX_OWNERS],
    store: String[MAX_STORE],
) -> address:
    """
    @notice Create a campaign whose initiator is the caller.
    @param terms the public terms, see Campaign; `initiator` and `sharing` are filled in here
    @param edges one entry for every edge server, those above others first
    @param curve dq_1..dq_R in parts of 10**9, eight to a word, the first lowest
    @param goals which rounds are sold together: least weight of the buyers << 16 | rounds, weights rising
    @param weights public size weights of named owners; only with listed owners
    @param store URL under which terms, sealed models and record are published, or empty; only logged: whoever reads
        from there checks what it reads by digest
    @return the new campaign's address
    """
    self._check_times(terms, len(edges))
    self._check_amounts(terms)
    self._check_curve(terms, curve)
    self._check_goals(terms, curve, goals)
    self._check_edges(terms, edges)
    for entry: agreement.OwnerWeight in weights:
        assert 0 < entry.weight and entry.weight < 2**32, "create: weight out of range"
    # a weight, a match or a promise for whoever comes could be taken by a false name
    closed: bool = len(weights) > 0 or terms.sponsor != empty(address)
    assert terms.listed_owners or not closed, "create: weights or a sponsor without listed owners"
    assert len(weights) > 0 or not terms.listed_owners, "create: an invitation without a list"

    filled: agreement.Terms = terms
    filled.initiator = msg.sender
    filled.sharing = PIVOT_SHARING if terms.underwritten else SERIAL_SHARING
    salt: bytes32 = keccak256(abi_encode(filled, edges, curve, goals, weights, store))
    assert self.campaign_of[salt] == empty(address), "create: exactly this campaign exists already"
    campaign: address = create_from_blueprint(
        BLUEPRINT,
        REFUSALS,
        SEALED_BOOKS_BLUEPRINT if terms.sealed else BOOKS_BLUEPRINT,
        filled,
        edges,
        curve,
        goals,
        weights,
        code_offset=PREAMBLE,
        salt=salt,
    )
    self.is_campaign[campaign] = True
    self.campaign_of[salt] = campaign
    log CampaignCreated(campaign=campaign, initiator=msg.sender, terms_digest=terms.digest, store=store)
    return campaign


@internal
@view
def _check_times(terms: agreement.Terms, edges: uint256):
    """
    @notice Refuse phases that are over, empty, out of order or longer than anybody should wait.
    """
    assert block.timestamp < terms.commit_end, "create: commit phase is over"
    assert terms.commit_end < terms.reveal_end and terms.reveal_end < terms.settle_end, "create: phases out of order"
    assert terms.settle_end <= block.timestamp + MAX_WINDOW, "create: settlement more than two years away"
    assert terms.round_limit > 0 and terms.delivery_window > 0, "create: a time limit is zero"
    assert terms.round_limit <= MAX_WINDOW, "create: round limit over two years"
    assert terms.veto_window <= MAX_WINDOW, "create: veto window over two years"
    assert 0 < terms.unaccepted and terms.unaccepted <= MAX_ROUNDS, "create: unaccepted rounds out of range"
    assert terms.delivery_window <= MAX_WINDOW, "create: delivery window over two years"
    if terms.sealed:
        # each book can end one attempt to settle without it
        assert 0 < terms.absence_window and terms.absence_window <= MAX_WINDOW, "create: absence window out of range"
        least: uint256 = (edges + 1) * (terms.absence_window + 1)
        assert terms.reveal_end + least < terms.settle_end, "create: settle phase too short for absent books"


@internal
@view
def _check_amounts(terms: agreement.Terms):
    """
    @notice Refuse terms under which a sum could overflow or a promise could not be kept.
    """
    assert terms.token.is_contract, "create: no token at this address"
    assert terms.coordinator != empty(address), "create: no coordinator"
    assert 0 < terms.min_cohort and terms.min_cohort <= terms.cohort, "create: min_cohort not in 1..cohort"
    assert terms.cohort <= MAX_COHORT, "create: cohort over 2**20"
    assert 0 < terms.tick and terms.tick <= MAX_AMOUNT, "create: tick out of range"
    assert (
        terms.ceiling <= MAX_CEILING and (terms.ceiling + 1) * terms.tick <= MAX_AMOUNT
    ), "create: ceiling out of range"
    assert terms.coordinator_fee <= MAX_AMOUNT, "create: coordinator fee out of range"
    assert terms.tolerance <= ONE, "create: tolerance above all client-rounds"
    assert terms.match <= ONE, "create: match above the whole cost"
    assert not terms.underwritten or terms.match == 0, "create: matched and underwritten"
    assert not terms.sealed or not terms.underwritten, "create: the rule vcg needs the costs of all clients"
    # for nothing anybody could make all books open
    assert terms.stake <= MAX_AMOUNT and terms.sealed == (terms.stake > 0), "create: stake out of range"
    sponsored: bool = terms.underwritten or terms.match > 0
    assert sponsored == (terms.sponsor != empty(address)), "create: a sponsor exactly when there is a promise"
    # else 64 accounts with empty bids could take every place for nothing
    assert terms.listed_owners or 0 < terms.owner_bond, "create: anybody may bid without a bond"
    # a client in a book must cost at least what silence about it could move a price by
    assert terms.ceiling * terms.tick <= terms.book_bond, "create: book bond below the ceiling"
    assert terms.book_bond <= MAX_AMOUNT and terms.owner_bond <= MAX_AMOUNT, "create: bond out of range"
    # a goal cut short is charged pro rata, rounded down; the bond covers the units lost by rounding
    assert MAX_OWNERS <= terms.coordinator_bond, "create: coordinator bond below one unit per owner"
    assert terms.coordinator_bond <= MAX_AMOUNT and terms.edge_bond <= MAX_AMOUNT, "create: bond out of range"


@internal
@pure
def _check_curve(terms: agreement.Terms, curve: DynArray[uint256, quality.MAX_WORDS]):
    """
    @notice Refuse a curve that increases, or does not sum to one, over exactly the rounds on offer.
    """
    assert (
        0 < terms.rounds and terms.rounds <= MAX_ROUNDS and len(curve) == (terms.rounds + 7) // 8
    ), "create: curve and rounds differ"
    total: uint256 = 0
    before: uint256 = ONE
    for r: uint256 in range(8 * len(curve), bound=MAX_ROUNDS):
        step: uint256 = quality.step(curve, r)
        assert step == 0 or r < terms.rounds, "create: curve and rounds differ"
        assert step <= before, "create: quality increases"
        before = step
        total += step
    assert total == ONE, "create: quality does not sum to 10**9"


@internal
@pure
def _check_goals(
    terms: agreement.Terms,
    curve: DynArray[uint256, quality.MAX_WORDS],
    goals: DynArray[uint256, agreement.MAX_GOALS],
):
    """
    @notice Refuse a goal table under which an owner could gain by a false bid: goal / (weight * quality of the goal), the
            price of quality, must not rise with the weight. While the goal stays the same it falls.
    """
    assert len(goals) > 0, "create: no goal"
    least: uint256 = 0
    goal: uint256 = 0
    worth: uint256 = 0
    for entry: uint256 in goals:
        weight: uint256 = entry >> 16
        rounds: uint256 = entry & (2**16 - 1)
        assert least < weight and weight < 2**38, "create: weights of the goals do not rise"
        assert 0 < rounds and rounds <= terms.rounds, "create: goal not in 1..rounds"
        quality_: uint256 = 0
        for r: uint256 in range(rounds, bound=MAX_ROUNDS):
            quality_ += quality.step(curve, r)
        assert rounds * (weight - 1) * worth <= goal * weight * quality_ or least == 0, "create: a goal is not truthful"
        least = weight
        goal = rounds
        worth = quality_


@internal
@pure
def _check_edges(terms: agreement.Terms, edges: DynArray[agreement.EdgeTerms, MAX_EDGES]):
    """
    @notice Refuse edges that nobody runs, that lie below a later one, or whose fees leave nothing.
    """
    assert len(edges) > 0, "create: no edges"
    fees: DynArray[uint256, MAX_EDGES] = []
    for edge: agreement.EdgeTerms in edges:
        assert edge.operator != empty(address), "create: edge without operator"
        assert edge.capacity <= MAX_CAPACITY, "create: edge capacity over 65535"
        assert edge.ceiling <= terms.ceiling, "create: edge ceiling above the highest"
        assert edge.parent <= len(fees), "create: edge below a later one"
        assert edge.fee <= edge.ceiling, "create: edge fees above its ceiling"
        fee: uint256 = edge.fee if edge.parent == 0 else fees[edge.parent - 1] + edge.fee
        assert fee <= edge.ceiling, "create: edge fees above its ceiling"
        fees.append(fee)
