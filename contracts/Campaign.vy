# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title One crowdfunded federated-learning campaign
@license Apache-2.0
@notice Owners seal bids, clients seal offers, edges sign what was delivered. Anyone may settle, halt, cancel,
        close and push payments; money only ever goes to the account it belongs to. There is no admin key.
@dev    Amounts are base units of the token. Costs, fees and the ceiling of client-rounds are counted in ticks
        of TICK base units. The contract keeps its own books and reads `balanceOf` only to refuse a token that
        takes a fee. Invariants I-1 to I-9 are stated in docs/protocol.md.
@custom:invariant I-1 I-2 I-6 I-7
"""

from ethereum.ercs import IERC20

import bitmaps
import merkle
import signatures

import SerialSharing

# ------------------------------------------------------------------ types

flag Status:
    OPEN  # commit, reveal and settle phases, told apart by the clock
    UNFUNDED  # settled, but too few clients or nobody pays the goal
    CANCELLED  # nobody settled in time
    TRAINING  # funded; rounds are recorded
    CLOSED  # books closed; claims never expire


struct Terms:
    token: address
    coordinator: address
    commit_end: uint256  # seconds since the epoch, like the next two
    reveal_end: uint256
    settle_end: uint256
    round_limit: uint256  # seconds from one record to the next
    delivery_window: uint256  # seconds after training for an edge's last root, then as long for the stand-in
    tick: uint256  # base units
    cohort: uint256
    min_cohort: uint256
    ceiling: uint256  # ticks per client-round, edge fee included
    coordinator_fee: uint256  # base units per round
    goal: uint256  # rounds sold together
    owner_bond: uint256  # base units, like the next two
    client_bond: uint256
    coordinator_bond: uint256
    digest: bytes32  # of the published terms document


struct EdgeTerms:
    operator: address
    capacity: uint256  # clients
    fee: uint256  # ticks per client-round


struct OwnerWeight:
    owner: address
    weight: uint256


struct Opening:
    sender: address
    amount: uint256  # a bid in base units, or an offer's cost in ticks
    edge: uint256  # index; 0 for a bid
    salt: bytes32


struct Owner:
    account: address
    commitment: bytes32  # empty once opened
    escrow: uint256
    bid: uint256
    weight: uint256
    level: uint256
    charge: uint256


struct Edge:
    operator: address
    capacity: uint256
    fee: uint256
    winners: uint256
    bound: uint256  # an offer wins iff its key is below; see `settle`
    up_to_round: uint256  # of the last signed root
    root: bytes32
    delivered: uint256  # client-rounds signed for
    claimed: uint256  # client-rounds paid to clients
    fee_rounds: uint256  # client-rounds whose fee was paid


# ------------------------------------------------------------------ events

event BidCommitted:
    owner: indexed(address)
    escrow: uint256


event OfferCommitted:
    client: indexed(address)
    position: uint256


event BidRevealed:
    owner: indexed(address)
    bid: uint256


event OfferRevealed:
    client: indexed(address)
    position: uint256
    edge: uint256
    cost: uint256


event Settled:
    funded: bool
    winners: uint256
    round_cost: uint256
    rounds: uint256


event Cancelled: pass


event RoundRecorded:
    round: uint256
    model_digest: bytes32
    updates_root: bytes32
    metric: uint256


event Halted:
    rounds: uint256


event DeliveriesPosted:
    edge: uint256
    up_to_round: uint256
    root: bytes32
    total: uint256
    signer: address


event Closed:
    spent: uint256
    undelivered: uint256


event Paid:
    account: indexed(address)
    amount: uint256
    reason: String[16]


# ------------------------------------------------------------------ constants and terms

MAX_AMOUNT: constant(uint256) = 2**96 - 1
MAX_COST: constant(uint256) = 2**48 - 1  # ticks
MAX_OFFERS: constant(uint256) = 12_000
MAX_EDGES: constant(uint256) = 64
MAX_OWNERS: constant(uint256) = 64
MAX_ROUNDS: constant(uint256) = 256
MAX_BATCH: constant(uint256) = 64
NO_CUTOFF: constant(uint256) = max_value(uint256)  # a cutoff that no offer reaches
SEALED_BID: constant(bytes32) = keccak256("cofund bid")
SEALED_OFFER: constant(bytes32) = keccak256("cofund offer")

SHARING: public(immutable(SerialSharing.__interface__))
TOKEN: public(immutable(IERC20))
INITIATOR: public(immutable(address))
COORDINATOR: public(immutable(address))
COMMIT_END: public(immutable(uint256))
REVEAL_END: public(immutable(uint256))
SETTLE_END: public(immutable(uint256))
ROUND_LIMIT: public(immutable(uint256))
DELIVERY_WINDOW: public(immutable(uint256))
TICK: public(immutable(uint256))
COHORT: public(immutable(uint256))
MIN_COHORT: public(immutable(uint256))
CEILING: public(immutable(uint256))
COORDINATOR_FEE: public(immutable(uint256))
GOAL: public(immutable(uint256))
OWNER_BOND: public(immutable(uint256))
CLIENT_BOND: public(immutable(uint256))
COORDINATOR_BOND: public(immutable(uint256))
TERMS_DIGEST: public(immutable(bytes32))

# ------------------------------------------------------------------ state

status: public(Status)
coordinator_bonded: public(bool)
edges: public(DynArray[Edge, MAX_EDGES])
quality: DynArray[uint256, MAX_ROUNDS]
weight_of: HashMap[address, uint256]

owners: public(DynArray[Owner, MAX_OWNERS])
owner_number: HashMap[address, uint256]  # from 1; 0 for who sealed no bid

offer_count: public(uint256)
revealed_count: public(uint256)
position_plus_one: HashMap[address, uint256]
offer_commitment: HashMap[address, bytes32]  # empty once opened
offer_words: HashMap[uint256, uint256]  # four offers to a word: cost 48 bits, edge 8, revealed 1, unused 7
bond_held: HashMap[address, bool]
paid_bitmap: public(HashMap[address, uint256])

round_cost: public(uint256)
rounds: public(uint256)  # bought; after a halt, recorded
rounds_done: public(uint256)
round_deadline: public(uint256)
training_end: public(uint256)  # 0 while rounds are outstanding
model_digest: public(HashMap[uint256, bytes32])
halted: public(bool)

credit: public(HashMap[address, uint256])
deposited: public(uint256)
paid_out: public(uint256)


@deploy
def __init__(
    sharing: address,
    initiator: address,
    terms: Terms,
    edges: DynArray[EdgeTerms, MAX_EDGES],
    quality: DynArray[uint256, MAX_ROUNDS],
    weights: DynArray[OwnerWeight, MAX_OWNERS],
):
    """
    @notice Fix the public terms; nothing of them can change later.
    @dev The factory has checked them: only a campaign that `CampaignFactory.is_campaign` knows can be relied on.
    """
    SHARING = SerialSharing.__interface__(sharing)
    TOKEN = IERC20(terms.token)
    INITIATOR = initiator
    COORDINATOR = terms.coordinator
    COMMIT_END = terms.commit_end
    REVEAL_END = terms.reveal_end
    SETTLE_END = terms.settle_end
    ROUND_LIMIT = terms.round_limit
    DELIVERY_WINDOW = terms.delivery_window
    TICK = terms.tick
    COHORT = terms.cohort
    MIN_COHORT = terms.min_cohort
    CEILING = terms.ceiling
    COORDINATOR_FEE = terms.coordinator_fee
    GOAL = terms.goal
    OWNER_BOND = terms.owner_bond
    CLIENT_BOND = terms.client_bond
    COORDINATOR_BOND = terms.coordinator_bond
    TERMS_DIGEST = terms.digest
    self.status = Status.OPEN

    self.quality = quality

    for edge: EdgeTerms in edges:
        self.edges.append(
            Edge(
                operator=edge.operator,
                capacity=edge.capacity,
                fee=edge.fee,
                winners=0,
                bound=0,
                up_to_round=0,
                root=empty(bytes32),
                delivered=0,
                claimed=0,
                fee_rounds=0,
            )
        )
    for entry: OwnerWeight in weights:
        self.weight_of[entry.owner] = entry.weight


# ------------------------------------------------------------------ commit

@external
def post_coordinator_bond():
    """
    @notice The coordinator accepts its role by locking its bond.
    """
    self._in_commit_phase()
    assert msg.sender == COORDINATOR, "bond: not the coordinator"
    assert not self.coordinator_bonded, "bond: posted already"
    self.coordinator_bonded = True
    self._take(msg.sender, COORDINATOR_BOND)


@external
def commit_bid(commitment: bytes32, escrow: uint256):
    """
    @notice Seal a bid and lock money for it; the opened bid may not exceed the escrow.
    """
    self._in_commit_phase()
    assert commitment != empty(bytes32), "commit: empty commitment"
    assert self.owner_number[msg.sender] == 0, "commit: one bid per owner"
    assert escrow <= MAX_AMOUNT, "commit: escrow out of range"
    assert len(self.owners) < MAX_OWNERS, "commit: owner cap reached"
    self.owners.append(
        Owner(
            account=msg.sender,
            commitment=commitment,
            escrow=escrow,
            bid=0,
            weight=max(1, self.weight_of[msg.sender]),
            level=0,
            charge=0,
        )
    )
    self.owner_number[msg.sender] = len(self.owners)
    self._take(msg.sender, escrow + OWNER_BOND)
    log BidCommitted(owner=msg.sender, escrow=escrow)


@external
def commit_offer(commitment: bytes32):
    """
    @notice Seal an offer and lock the bond; the order of commitments breaks ties.
    """
    self._in_commit_phase()
    assert commitment != empty(bytes32), "commit: empty commitment"
    assert self.position_plus_one[msg.sender] == 0, "commit: one offer per client"
    position: uint256 = self.offer_count
    assert position < MAX_OFFERS, "commit: offer cap reached"
    self.offer_count = position + 1
    self.position_plus_one[msg.sender] = position + 1
    self.offer_commitment[msg.sender] = commitment
    self.bond_held[msg.sender] = True
    self._take(msg.sender, CLIENT_BOND)
    log OfferCommitted(client=msg.sender, position=position)


# ------------------------------------------------------------------ reveal

@external
def reveal_bids(openings: DynArray[Opening, MAX_BATCH]):
    """
    @notice Open sealed bids, anybody's.
    @custom:invariant I-3
    """
    self._in_reveal_phase()
    for opening: Opening in openings:
        number: uint256 = self.owner_number[opening.sender]
        assert number > 0, "reveal: no such sealed bid"
        index: uint256 = number - 1
        assert self.owners[index].commitment == self._seal(SEALED_BID, opening), "reveal: no such sealed bid"
        assert opening.amount <= self.owners[index].escrow, "reveal: bid over escrow"
        self.owners[index].commitment = empty(bytes32)
        self.owners[index].bid = opening.amount
        log BidRevealed(owner=opening.sender, bid=opening.amount)


@external
def reveal_offers(openings: DynArray[Opening, MAX_BATCH]):
    """
    @notice Open sealed offers, anybody's.
    @custom:invariant I-3
    """
    self._in_reveal_phase()
    for opening: Opening in openings:
        assert self.offer_commitment[opening.sender] == self._seal(
            SEALED_OFFER, opening
        ), "reveal: no such sealed offer"
        assert opening.amount <= MAX_COST, "reveal: cost out of range"
        assert opening.edge < len(self.edges), "reveal: unknown edge"
        self.offer_commitment[opening.sender] = empty(bytes32)
        position: uint256 = self.position_plus_one[opening.sender] - 1
        offer: uint256 = opening.amount | (opening.edge << 48) | (1 << 56)
        self.offer_words[position // 4] |= offer << (64 * (position % 4))
        self.revealed_count += 1
        log OfferRevealed(client=opening.sender, position=position, edge=opening.edge, cost=opening.amount)


# ------------------------------------------------------------------ settle

@external
def settle(cutoff: uint256, edge_cutoffs: DynArray[uint256, MAX_EDGES]):
    """
    @notice Fix cohort, prices, levels and charges; anyone may call with the right certificate.
    @param cutoff key of the first offer turned away where there was room, NO_CUTOFF if no such offer
    @param edge_cutoffs for every edge the key of the first offer turned away there, NO_CUTOFF if no such offer
    @dev An offer's key is (cost + fee) << 16 | position, so keys order offers as the mechanism does and no
         two are equal.
    @custom:invariant I-4
    """
    assert self.status == Status.OPEN, "settle: settled or cancelled already"
    assert REVEAL_END <= block.timestamp and block.timestamp < SETTLE_END, "settle: not the settle phase"
    assert self.coordinator_bonded, "settle: the coordinator posted no bond"

    winners: uint256 = self._check_certificate(cutoff, edge_cutoffs)
    cost: uint256 = COORDINATOR_FEE
    for e: uint256 in range(len(self.edges), bound=MAX_EDGES):
        cost += self.edges[e].winners * self._price(self.edges[e].bound)
    self.round_cost = cost
    if winners >= MIN_COHORT:
        self._charge_owners(cost)
    # what was sealed and never opened forfeits its bond
    forfeited: uint256 = (self.offer_count - self.revealed_count) * CLIENT_BOND
    for i: uint256 in range(len(self.owners), bound=MAX_OWNERS):
        owner: Owner = self.owners[i]
        returned: uint256 = owner.escrow - owner.charge
        if owner.commitment == empty(bytes32):
            returned += OWNER_BOND
        else:
            forfeited += OWNER_BOND
        self.credit[owner.account] += returned
    self.credit[INITIATOR] += forfeited

    if self.rounds == 0:
        self.status = Status.UNFUNDED
        self.credit[COORDINATOR] += COORDINATOR_BOND
    else:
        self.status = Status.TRAINING
        self.round_deadline = block.timestamp + ROUND_LIMIT
    log Settled(funded=self.rounds != 0, winners=winners, round_cost=cost, rounds=self.rounds)


@internal
def _check_certificate(cutoff: uint256, edge_cutoffs: DynArray[uint256, MAX_EDGES]) -> uint256:
    """
    @notice One pass over all offers: accept exactly the certificate of the cheapest feasible cohort.
    @return the number of winners
    """
    edge_count: uint256 = len(self.edges)
    assert len(edge_cutoffs) == edge_count, "settle: one cutoff per edge"
    fees: uint256[MAX_EDGES] = empty(uint256[MAX_EDGES])
    bounds: uint256[MAX_EDGES] = empty(uint256[MAX_EDGES])
    counts: uint256[MAX_EDGES] = empty(uint256[MAX_EDGES])
    losers: uint256[MAX_EDGES] = empty(uint256[MAX_EDGES])
    for e: uint256 in range(edge_count, bound=MAX_EDGES):
        fees[e] = self.edges[e].fee
        bounds[e] = min(cutoff, edge_cutoffs[e])
        losers[e] = NO_CUTOFF

    word: uint256 = 0
    total: uint256 = 0
    for position: uint256 in range(self.offer_count, bound=MAX_OFFERS):
        if position % 4 == 0:
            word = self.offer_words[position // 4]
        offer: uint256 = (word >> (64 * (position % 4))) & (2**64 - 1)
        if offer >> 56 == 0:
            continue  # never opened
        e: uint256 = (offer >> 48) & 255
        amount: uint256 = (offer & MAX_COST) + fees[e]
        if amount > CEILING:
            continue
        key: uint256 = (amount << 16) | position
        if key < bounds[e]:
            counts[e] += 1
            total += 1
        elif key < losers[e]:
            losers[e] = key
    marginal: uint256 = NO_CUTOFF
    for e: uint256 in range(edge_count, bound=MAX_EDGES):
        capacity: uint256 = self.edges[e].capacity
        assert counts[e] <= capacity, "settle: edge over capacity"
        assert losers[e] == edge_cutoffs[e], "settle: wrong edge cutoff"
        if counts[e] < capacity:
            marginal = min(marginal, losers[e])
        self.edges[e].winners = counts[e]
        self.edges[e].bound = bounds[e]
    assert marginal == cutoff, "settle: wrong cutoff"
    assert total == COHORT or (total < COHORT and cutoff == NO_CUTOFF), "settle: wrong cohort size"
    return total


@internal
def _charge_owners(round_cost: uint256):
    bids: DynArray[SerialSharing.Bid, MAX_OWNERS] = self._bids()
    bought: DynArray[SerialSharing.Bill, MAX_OWNERS] = staticcall SHARING.bills(bids, self.quality, GOAL, round_cost)
    most: uint256 = 0
    for i: uint256 in range(len(bought), bound=MAX_OWNERS):
        self.owners[i].level = bought[i].level
        self.owners[i].charge = bought[i].charge
        most = max(most, bought[i].level)
    self.rounds = most


@external
def cancel():
    """
    @notice If nobody settled in time, give everything back, bonds included.
    @custom:invariant I-6
    """
    assert self.status == Status.OPEN, "cancel: settled or cancelled already"
    assert SETTLE_END <= block.timestamp, "cancel: may still be settled"
    self.status = Status.CANCELLED
    for i: uint256 in range(len(self.owners), bound=MAX_OWNERS):
        owner: Owner = self.owners[i]
        self.credit[owner.account] += owner.escrow + OWNER_BOND
    if self.coordinator_bonded:
        self.credit[COORDINATOR] += COORDINATOR_BOND
    log Cancelled()


# ------------------------------------------------------------------ training

@external
def record_round(number: uint256, model_digest: bytes32, updates_root: bytes32, metric: uint256):
    """
    @notice The coordinator records the next round's model and the deliveries that went into it.
    @param metric public score of the model in parts of 10**9, for the learning curve only
    """
    assert msg.sender == COORDINATOR, "record: not the coordinator"
    assert self.status == Status.TRAINING and self.training_end == 0, "record: not training"
    assert block.timestamp < self.round_deadline, "record: past the round's time limit"
    assert number == self.rounds_done + 1, "record: not the next round"
    self.rounds_done = number
    self.model_digest[number] = model_digest
    self.round_deadline = block.timestamp + ROUND_LIMIT
    if number == self.rounds:
        self.training_end = block.timestamp
    log RoundRecorded(round=number, model_digest=model_digest, updates_root=updates_root, metric=metric)


@external
def halt():
    """
    @notice If a round's time limit passed, end the campaign at the last recorded round.
    @custom:invariant I-6
    """
    assert self.status == Status.TRAINING and self.training_end == 0, "halt: not training"
    assert self.round_deadline <= block.timestamp, "halt: the round may still be recorded"
    self.halted = True
    self.training_end = block.timestamp
    self.rounds = self.rounds_done
    log Halted(rounds=self.rounds_done)


@external
def post_deliveries(edge: uint256, up_to_round: uint256, root: bytes32, total: uint256, signature: Bytes[65]):
    """
    @notice Post an edge's signed root over (client, bitmap of all rounds so far); anyone may post it.
    @param total client-rounds in all bitmaps; claims can never exceed it
    @dev Until its deadline the edge's operator signs; then, for as long again, the coordinator stands in.
    @custom:invariant I-8
    """
    assert self.status == Status.TRAINING, "deliveries: not training"
    assert edge < len(self.edges), "deliveries: unknown edge"
    known: Edge = self.edges[edge]
    assert known.up_to_round < up_to_round and up_to_round <= self.rounds_done, "deliveries: not a later recorded round"
    assert known.delivered <= total and total <= known.winners * up_to_round, "deliveries: impossible total"
    signer: address = known.operator
    if self.training_end != 0:
        deadline: uint256 = self.training_end + DELIVERY_WINDOW
        assert block.timestamp < deadline + DELIVERY_WINDOW, "deliveries: too late"
        if deadline <= block.timestamp:
            signer = COORDINATOR
    assert (
        signatures.deliveries_signer(edge, up_to_round, root, total, signature) == signer
    ), "deliveries: wrong signature"
    self.edges[edge].up_to_round = up_to_round
    self.edges[edge].root = root
    self.edges[edge].delivered = total
    log DeliveriesPosted(edge=edge, up_to_round=up_to_round, root=root, total=total, signer=signer)


@external
def close():
    """
    @notice Close the books: owners get back what was not delivered, the coordinator its fee and bond.
    @dev After a halt the coordinator's bond goes to the owners in proportion to their charges, less the units
         that a goal charged pro rata lost by rounding. Undelivered client-rounds go back in proportion to what
         each owner paid for rounds done. Both divisions round down; the rest, below one unit per owner, and
         the dust of the shares go to the initiator.
    @custom:invariant I-2 I-5
    """
    assert self.status == Status.TRAINING and self.training_end != 0, "close: still training"
    every_root_final: bool = self.training_end + 2 * DELIVERY_WINDOW <= block.timestamp
    to_sites: uint256 = 0  # clients and edges together
    undelivered: uint256 = 0
    pending: bool = False
    for e: uint256 in range(len(self.edges), bound=MAX_EDGES):
        edge: Edge = self.edges[e]
        price: uint256 = self._price(edge.bound)
        to_sites += edge.delivered * price
        undelivered += (edge.winners * self.rounds_done - edge.delivered) * price
        if edge.winners > 0 and edge.up_to_round < self.rounds_done:
            pending = True
    assert every_root_final or not pending, "close: an edge may still post deliveries"
    self.status = Status.CLOSED

    bids: DynArray[SerialSharing.Bid, MAX_OWNERS] = self._bids()
    bought: DynArray[SerialSharing.Bill, MAX_OWNERS] = []
    charges: uint256 = 0
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        bought.append(SerialSharing.Bill(level=self.owners[i].level, charge=self.owners[i].charge))
        charges += bought[i].charge
    earned: DynArray[uint256, MAX_OWNERS] = staticcall SHARING.earned(
        bids, bought, GOAL, self.round_cost, self.rounds_done
    )
    earned_total: uint256 = 0
    for amount: uint256 in earned:
        earned_total += amount

    fee: uint256 = COORDINATOR_FEE * self.rounds_done
    left: uint256 = charges + COORDINATOR_BOND - to_sites - fee
    compensation: uint256 = 0
    if self.halted:
        due: uint256 = self.round_cost * self.rounds_done
        compensation = COORDINATOR_BOND - (max(due, earned_total) - earned_total)
    else:
        fee += COORDINATOR_BOND
        left -= COORDINATOR_BOND
    self.credit[COORDINATOR] += fee
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        back: uint256 = bought[i].charge - earned[i]
        if charges != 0:  # rounds can be free
            back += compensation * bought[i].charge // charges
        if earned_total != 0:
            back += undelivered * earned[i] // earned_total
        self.credit[self.owners[i].account] += back
        left -= back
    self.credit[INITIATOR] += left
    log Closed(spent=to_sites, undelivered=undelivered)


# ------------------------------------------------------------------ payments

@external
def withdraw(account: address):
    """
    @notice Pay an account what it is credited with; anyone may call, the money goes to the account.
    """
    amount: uint256 = self.credit[account]
    assert amount > 0, "withdraw: nothing credited"
    self.credit[account] = 0
    self._pay(account, amount, "credit")


@external
def return_bond(client: address):
    """
    @notice Pay an opened offer's bond back after settlement, every offer's after a cancellation.
    """
    assert self.status != Status.OPEN, "bond: not settled yet"
    assert self.bond_held[client], "bond: nothing held"
    assert self.status == Status.CANCELLED or self.offer_commitment[client] == empty(bytes32), "bond: forfeited"
    self.bond_held[client] = False
    self._pay(client, CLIENT_BOND, "bond")


@external
def claim(client: address, bitmap: uint256, proof: DynArray[bytes32, merkle.MAX_DEPTH]):
    """
    @notice Pay a client for every delivered round that was not paid yet; anyone may call.
    @custom:invariant I-9
    """
    assert self.status == Status.TRAINING or self.status == Status.CLOSED, "claim: not funded"
    position: uint256 = self.position_plus_one[client]
    assert position != 0, "claim: unknown client"
    position -= 1
    offer: uint256 = self._offer(position)
    e: uint256 = (offer >> 48) & 255
    edge: Edge = self.edges[e]
    assert self._is_winner(offer, position, edge), "claim: not in the cohort"
    assert bitmap >> edge.up_to_round == 0, "claim: a round that was not delivered"
    assert merkle.is_member(edge.root, position, bitmap, proof), "claim: not in the signed deliveries"
    unpaid: uint256 = bitmap & ~self.paid_bitmap[client]
    rounds: uint256 = bitmaps.count(unpaid)
    assert rounds > 0, "claim: nothing new"
    assert edge.claimed + rounds <= edge.delivered, "claim: more than the edge signed for"
    self.paid_bitmap[client] |= bitmap
    self.edges[e].claimed = edge.claimed + rounds
    self._pay(client, rounds * (self._price(edge.bound) - edge.fee * TICK), "training")


@external
def claim_edge_fee(edge: uint256):
    """
    @notice Pay an edge's operator its fee for the client-rounds it signed for.
    """
    assert self.status == Status.TRAINING or self.status == Status.CLOSED, "claim: not funded"
    known: Edge = self.edges[edge]
    rounds: uint256 = known.delivered - known.fee_rounds
    assert rounds * known.fee > 0, "claim: nothing new"
    self.edges[edge].fee_rounds = known.delivered
    self._pay(known.operator, rounds * known.fee * TICK, "edge fee")


# ------------------------------------------------------------------ views

@external
@view
def owner_count() -> uint256:
    return len(self.owners)


@external
@view
def edge_count() -> uint256:
    return len(self.edges)


@external
@view
def price(edge: uint256) -> uint256:
    """
    @notice Base units per client-round at an edge, fee included; meaningful after settlement.
    """
    return self._price(self.edges[edge].bound)


@external
@view
def offer(client: address) -> (uint256, uint256, uint256, bool, bool):
    """
    @notice Position, edge, cost in ticks, whether it was opened, whether it won.
    """
    position: uint256 = self.position_plus_one[client]
    assert position != 0, "offer: unknown client"
    position -= 1
    offer: uint256 = self._offer(position)
    e: uint256 = (offer >> 48) & 255
    return position, e, offer & MAX_COST, offer >> 56 != 0, self._is_winner(offer, position, self.edges[e])


# ------------------------------------------------------------------ internal

@internal
@view
def _in_commit_phase():
    assert block.timestamp < COMMIT_END, "commit: the phase is over"


@internal
@view
def _in_reveal_phase():
    assert COMMIT_END <= block.timestamp and block.timestamp < REVEAL_END, "reveal: not the reveal phase"


@internal
@view
def _seal(role: bytes32, opening: Opening) -> bytes32:
    """
    @custom:invariant I-8
    """
    return keccak256(abi_encode(role, chain.id, self, opening.sender, opening.amount, opening.edge, opening.salt))


@internal
@view
def _bids() -> DynArray[SerialSharing.Bid, MAX_OWNERS]:
    bids: DynArray[SerialSharing.Bid, MAX_OWNERS] = []
    for i: uint256 in range(len(self.owners), bound=MAX_OWNERS):
        opened: bool = self.owners[i].commitment == empty(bytes32)
        bids.append(SerialSharing.Bid(amount=self.owners[i].bid, weight=self.owners[i].weight if opened else 0))
    return bids


@internal
@view
def _offer(position: uint256) -> uint256:
    return (self.offer_words[position // 4] >> (64 * (position % 4))) & (2**64 - 1)


@internal
@view
def _is_winner(offer: uint256, position: uint256, edge: Edge) -> bool:
    amount: uint256 = (offer & MAX_COST) + edge.fee
    return offer >> 56 != 0 and amount <= CEILING and ((amount << 16) | position) < edge.bound


@internal
@view
def _price(bound: uint256) -> uint256:
    """
    @notice Base units: the amount in the key of the offer that bounds the winners, at most the ceiling.
    """
    return min(bound >> 16, CEILING) * TICK


@internal
def _take(sender: address, amount: uint256):
    self.deposited += amount
    before: uint256 = staticcall TOKEN.balanceOf(self)
    assert extcall TOKEN.transferFrom(sender, self, amount, default_return_value=True), "deposit: token refused"
    assert staticcall TOKEN.balanceOf(self) == before + amount, "deposit: token takes a fee"


@internal
def _pay(account: address, amount: uint256, reason: String[16]):
    self.paid_out += amount
    assert extcall TOKEN.transfer(account, amount, default_return_value=True), "payment: token refused"
    log Paid(account=account, amount=amount, reason=reason)
