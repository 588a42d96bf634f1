# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title One crowdfunded federated-learning campaign
@license Apache-2.0
@notice Owners seal bids, clients seal offers, edges sign what was delivered. Anyone may settle, halt, cancel,
        close and push payments; money only ever goes to the account it belongs to. There is no admin key.
@dev    Amounts are base units of the token. Costs, fees and the ceiling of client-rounds are counted in ticks
        of `tick` base units. The contract keeps its own books and reads `balanceOf` only to refuse a token that
        takes a fee, and to see whether a token that does not say yes has paid. Invariants I-1 to I-9 are stated in docs/protocol.md.
@custom:invariant I-1 I-2 I-6 I-7
"""

from ethereum.ercs import IERC20
from interfaces import ICampaign
from interfaces import ISharing

import Refusals
import bitmaps
import merkle
import packing
import quality
import signatures

implements: ICampaign

# ------------------------------------------------------------------ types

flag Status:
    OPEN  # commit, reveal and settle phases, told apart by the clock
    UNFUNDED  # settled, but too few clients or nobody pays the goal
    CANCELLED  # nobody settled in time
    TRAINING  # funded; rounds are recorded
    CLOSED  # books closed; claims never expire


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
    delivery_window: uint256  # seconds after training for an edge's last root, then as long for the stand-in
    tick: uint256  # base units
    cohort: uint256
    min_cohort: uint256
    ceiling: uint256  # ticks per client-round, edge fee included
    coordinator_fee: uint256  # base units per round
    rounds: uint256  # on offer
    goal: uint256  # rounds sold together
    tolerance: uint256  # rounds that a client may miss without losing its bond
    owner_bond: uint256  # base units, like the next three
    client_bond: uint256
    edge_bond: uint256
    coordinator_bond: uint256
    listed_owners: bool  # only owners whose weight the terms name may bid
    digest: bytes32  # of the published terms document


struct OwnerWeight:
    owner: address
    weight: uint256


# ------------------------------------------------------------------ events

event BidCommitted:
    owner: indexed(address)
    escrow: uint256
    encryption_key: bytes32


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
    metric: int256


event Vetoed:
    round: uint256
    owner: indexed(address)
    carried: bool


event Halted:
    rounds: uint256


event DeliveriesPosted:
    edge: uint256
    up_to_round: uint256
    root: bytes32
    total: uint256
    signer: address


event ModelsReleased:
    root: bytes32


event Closed:
    spent: uint256
    undelivered: uint256


event Paid:
    account: indexed(address)
    amount: uint256
    reason: String[16]


event BondLost:
    client: indexed(address)


event PaymentRefused:  # by the token; the amount is the account's credit
    account: indexed(address)
    amount: uint256
    reason: String[16]


# ------------------------------------------------------------------ constants and terms

MAX_AMOUNT: constant(uint256) = 2**96 - 1
MAX_OFFERS: constant(uint256) = 12_000
MAX_EDGES: constant(uint256) = 64
MAX_OWNERS: constant(uint256) = 64
MAX_ROUNDS: constant(uint256) = 256
MAX_BATCH: constant(uint256) = 64
OFFERS_PER_WORD: constant(uint256) = 4
TRANSFER_GAS: constant(uint256) = 300_000  # what a token may use to move money; a plain one needs a tenth
ONE: constant(uint256) = 10**9
NO_CUTOFF: constant(uint256) = max_value(uint256)  # a cutoff that no offer reaches
SEALED_BID: constant(bytes32) = keccak256("cofund bid")
SEALED_OFFER: constant(bytes32) = keccak256("cofund offer")

terms: public(immutable(Terms))
REFUSALS: immutable(Refusals.__interface__)
SHARING: immutable(ISharing)
TOKEN: immutable(IERC20)
DOMAIN: immutable(bytes32)

# ------------------------------------------------------------------ state

status: public(Status)
coordinator_bonded: public(bool)
sponsor_locked: public(uint256)  # base units; after settlement only what the rounds may need
edge_count: public(uint256)
edge_terms: uint256[MAX_EDGES]
edge_states: uint256[MAX_EDGES]
edge_roots: bytes32[MAX_EDGES]
curve: DynArray[uint256, quality.MAX_WORDS]
weight_of: HashMap[address, uint256]

owner_count: public(uint256)
owner_number: HashMap[address, uint256]  # from 1; 0 for who sealed no bid
owner_identities: uint256[MAX_OWNERS]
owner_monies: uint256[MAX_OWNERS]
owner_seals: uint256[MAX_OWNERS]  # the commitment until settlement, then charge << 16 | level

offer_count: public(uint256)
revealed_count: public(uint256)
clients: HashMap[address, uint256]
# four opened offers to a word, in commit order: amount, fee included, 48 bits; 1 + edge, 16 bits
offer_words: uint256[MAX_OFFERS // OFFERS_PER_WORD]

round_cost: public(uint256)  # base units at the clients' prices
true_cost: public(uint256)  # base units at what the clients asked
rounds: public(uint256)  # bought
rounds_done: public(uint256)
full_rounds: uint256  # underwritten: recorded rounds, from the first, in which every client gets its price
slack: HashMap[uint256, uint256]  # underwritten: of the recorded rounds after these, base units
round_deadline: public(uint256)
training_end: public(uint256)  # 0 while rounds are outstanding
model_digest: public(HashMap[uint256, bytes32])
recorded_at: public(HashMap[uint256, uint256])
vetoed_by: HashMap[uint256, uint256]  # one bit per owner
halted: public(bool)  # a record did not come in time
release_root: public(bytes32)

credit: public(HashMap[address, uint256])
deposited: public(uint256)
paid_out: public(uint256)
lost_bonds: public(uint256)  # base units: of winners, kept for the owners until the books close


@deploy
def __init__(
    refusals: address,
    public_terms: Terms,
    edges: DynArray[packing.EdgeTerms, MAX_EDGES],
    curve: DynArray[uint256, quality.MAX_WORDS],
    weights: DynArray[OwnerWeight, MAX_OWNERS],
):
    """
    @notice Fix the public terms; nothing of them can change later.
    @dev The factory has checked them: only a campaign that `CampaignFactory.is_campaign` knows can be relied on.
    """
    terms = public_terms
    REFUSALS = Refusals.__interface__(refusals)
    SHARING = ISharing(public_terms.sharing)
    TOKEN = IERC20(public_terms.token)
    DOMAIN = signatures.domain()
    self.status = Status.OPEN
    self.curve = curve
    self.edge_count = len(edges)
    for e: uint256 in range(len(edges), bound=MAX_EDGES):
        self.edge_terms[e] = packing.edge_terms_word(edges[e])
        # no offer is above it; settlement changes the word, which costs a quarter of writing it first
        self.edge_states[e] = packing.LOW_64
    for entry: OwnerWeight in weights:
        self.weight_of[entry.owner] = entry.weight


# ------------------------------------------------------------------ commit

@external
def post_coordinator_bond():
    """
    @notice The coordinator accepts its role by locking its bond.
    """
    self._in_commit_phase()
    self._require(msg.sender == terms.coordinator, Refusals.BOND_NOT_THE_COORDINATOR)
    self._require(not self.coordinator_bonded, Refusals.BOND_POSTED_ALREADY)
    self.coordinator_bonded = True
    self._take(terms.coordinator_bond)


@external
def post_edge_bond(edge: uint256):
    """
    @notice An edge's operator accepts its role; an edge without its bond serves nobody.
    """
    self._in_commit_phase()
    self._require(msg.sender == self._operator(edge), Refusals.BOND_NOT_THE_EDGES_OPERATOR)
    state: packing.EdgeState = self._edge(edge)
    self._require(not state.bonded, Refusals.BOND_POSTED_ALREADY)
    state.bonded = True
    self._set_edge(edge, state)
    self._take(terms.edge_bond)


@external
def lock_sponsorship():
    """
    @notice The sponsor locks the most that its promise can come to; without it the campaign cannot settle.
    """
    self._in_commit_phase()
    self._require(msg.sender == terms.sponsor, Refusals.SPONSOR_NOT_THE_SPONSOR)
    self._require(self.sponsor_locked == 0, Refusals.SPONSOR_LOCKED_ALREADY)
    self.sponsor_locked = self._sponsorship()
    self._take(self.sponsor_locked)


@external
def commit_bid(
    commitment: bytes32,
    escrow: uint256,
    encryption_key: bytes32,
    permit_deadline: uint256 = 0,
    permit_v: uint256 = 0,
    permit_r: bytes32 = empty(bytes32),
    permit_s: bytes32 = empty(bytes32),
):
    """
    @notice Seal a bid and lock money for it; the opened bid may not exceed the escrow.
    @param encryption_key X25519 key to which the owner's checkpoint will be sealed
    @dev A permit (ERC-2612) of escrow and bond may come along. It is not checked here: if somebody used it up
         a moment before, the allowance stands, and if it is wrong, the deposit is refused.
    """
    self._in_commit_phase()
    self._require(self.owner_number[msg.sender] == 0, Refusals.COMMIT_ONE_BID_PER_OWNER)
    self._require(escrow <= MAX_AMOUNT, Refusals.COMMIT_ESCROW_OUT_OF_RANGE)
    weight: uint256 = self.weight_of[msg.sender]
    self._require(weight != 0 or not terms.listed_owners, Refusals.COMMIT_NOT_A_LISTED_OWNER)
    index: uint256 = self.owner_count
    self._require(index < MAX_OWNERS, Refusals.COMMIT_OWNER_CAP_REACHED)
    self.owner_count = index + 1
    self.owner_number[msg.sender] = index + 1
    self.owner_identities[index] = packing.owner_identity(msg.sender, max(1, weight), False)
    self.owner_monies[index] = packing.owner_money(escrow, 0)
    self.owner_seals[index] = convert(commitment, uint256)
    if permit_deadline != 0:
        used: bool = raw_call(
            TOKEN.address,
            abi_encode(
                msg.sender,
                self,
                escrow + terms.owner_bond,
                permit_deadline,
                permit_v,
                permit_r,
                permit_s,
                method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
            ),
            revert_on_failure=False,
        )
    self._take(escrow + terms.owner_bond)
    log BidCommitted(owner=msg.sender, escrow=escrow, encryption_key=encryption_key)


@external
def commit_offer(commitment: bytes32):
    """
    @notice Seal an offer and lock the bond; the order of commitments breaks ties.
    """
    self._in_commit_phase()
    self._require(self.clients[msg.sender] == 0, Refusals.COMMIT_ONE_OFFER_PER_CLIENT)
    position: uint256 = self.offer_count
    self._require(position < MAX_OFFERS, Refusals.COMMIT_OFFER_CAP_REACHED)
    self.offer_count = position + 1
    self.clients[msg.sender] = packing.sealed_client(position, 0, commitment)
    log OfferCommitted(client=msg.sender, position=position)
    self._take(terms.client_bond)


@external
def relay_offers(edge: uint256, offers: DynArray[ICampaign.SealedOffer, MAX_BATCH]):
    """
    @notice An edge's operator brings its clients' signed offers and locks their bonds; clients need no gas.
    @dev Clients that have an offer by now are passed over, so that nobody can stop a batch by being faster.
    """
    self._in_commit_phase()
    self._require(msg.sender == self._operator(edge), Refusals.RELAY_NOT_THE_EDGES_OPERATOR)
    position: uint256 = self.offer_count
    for offer: ICampaign.SealedOffer in offers:
        if self.clients[offer.client] == 0:
            self._require(
                offer.client != empty(address)
                and offer.client == signatures.offer_signer(DOMAIN, edge, offer.commitment, offer.r, offer.vs),
                Refusals.RELAY_WRONG_SIGNATURE,
            )
            self.clients[offer.client] = packing.sealed_client(position, edge + 1, offer.commitment)
            log OfferCommitted(client=offer.client, position=position)
            position += 1
    added: uint256 = position - self.offer_count
    self._require(added > 0, Refusals.RELAY_NOTHING_NEW)
    self._require(position <= MAX_OFFERS, Refusals.COMMIT_OFFER_CAP_REACHED)
    self.offer_count = position
    self._take(added * terms.client_bond)


# ------------------------------------------------------------------ reveal

@external
def reveal_bids(openings: DynArray[ICampaign.Opening, MAX_BATCH]):
    """
    @notice Open sealed bids, anybody's. Those that are open by now are passed over; one must be new.
    @custom:invariant I-3
    """
    self._in_reveal_phase()
    opened: uint256 = 0
    for opening: ICampaign.Opening in openings:
        number: uint256 = self.owner_number[opening.sender]
        self._require(number > 0, Refusals.REVEAL_NO_SUCH_SEALED_BID)
        owner: packing.Owner = self._owner(number - 1)
        if owner.opened:
            continue
        self._require(
            self.owner_seals[number - 1] == self._seal(SEALED_BID, opening), Refusals.REVEAL_NO_SUCH_SEALED_BID
        )
        self._require(opening.amount <= owner.owed, Refusals.REVEAL_BID_OVER_ESCROW)
        self.owner_identities[number - 1] = packing.owner_identity(owner.account, owner.weight, True)
        self.owner_monies[number - 1] = packing.owner_money(owner.owed, opening.amount)
        opened += 1
        log BidRevealed(owner=opening.sender, bid=opening.amount)
    self._require(opened > 0, Refusals.REVEAL_NOTHING_NEW)


@external
def reveal_offers(openings: DynArray[ICampaign.Opening, MAX_BATCH]):
    """
    @notice Open sealed offers, anybody's. Those that are open by now are passed over; one must be new.
    @dev An offer above the ceiling is opened, and its bond is safe, but it cannot win: of its amount only
         that much is kept.
    @custom:invariant I-3
    """
    self._in_reveal_phase()
    beyond: uint256 = terms.ceiling + 1
    opened: uint256 = 0
    nearest: uint256 = 0
    edge: packing.EdgeTerms = self._edge_terms(nearest)
    for opening: ICampaign.Opening in openings:
        word: uint256 = self.clients[opening.sender]
        self._require(word != 0, Refusals.REVEAL_NO_SUCH_SEALED_OFFER)
        position: uint256 = word & packing.POSITION
        lane: uint256 = (position % OFFERS_PER_WORD) << 6  # 64 bits each
        offers: uint256 = self.offer_words[position // OFFERS_PER_WORD]
        if (offers >> lane) & packing.LOW_64 != 0:
            continue  # opened
        self._require(
            word >> packing.SEAL == self._seal(SEALED_OFFER, opening) >> packing.SEAL,
            Refusals.REVEAL_NO_SUCH_SEALED_OFFER,
        )
        if opening.edge != nearest:  # neighbours are often at the same edge
            nearest = opening.edge
            edge = self._edge_terms(nearest)
        poster: uint256 = packing.poster(word)
        if poster != opening.edge + 1:
            self._require(poster == 0, Refusals.REVEAL_RELAYED_BY_ANOTHER_EDGE)
            self._require(not edge.admits, Refusals.REVEAL_THE_EDGE_ADMITS_ONLY_WHAT_IT_RELAYS)
        amount: uint256 = min(min(opening.amount, beyond) + edge.fee, beyond)
        self.offer_words[position // OFFERS_PER_WORD] = offers | (((amount << 16) | (opening.edge + 1)) << lane)
        opened += 1
        log OfferRevealed(client=opening.sender, position=position, edge=opening.edge, cost=opening.amount)
    self._require(opened > 0, Refusals.REVEAL_NOTHING_NEW)
    self.revealed_count += opened


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
    self._require(self.status == Status.OPEN, Refusals.SETTLE_SETTLED_OR_CANCELLED_ALREADY)
    self._require(
        terms.reveal_end <= block.timestamp and block.timestamp < terms.settle_end, Refusals.SETTLE_NOT_THE_SETTLE_PHASE
    )
    self._roles_are_taken(Refusals.SETTLE_THE_COORDINATOR_POSTED_NO_BOND, Refusals.SETTLE_THE_SPONSOR_LOCKED_NOTHING)

    winners: uint256 = self._check_certificate(cutoff, edge_cutoffs)
    most: uint256 = self._charge_owners(winners >= terms.min_cohort)
    self.rounds = most
    # what was sealed and never opened forfeits its bond
    self.credit[terms.initiator] += (self.offer_count - self.revealed_count) * terms.client_bond
    if most == 0:
        self.status = Status.UNFUNDED
        self._return_bonds_and_sponsorship()
    else:
        self.status = Status.TRAINING
        self.round_deadline = block.timestamp + terms.round_limit
        needed: uint256 = most * (self.round_cost if terms.underwritten else self._matched())
        self.credit[terms.sponsor] += self.sponsor_locked - needed
        self.sponsor_locked = needed
    log Settled(funded=most != 0, winners=winners, round_cost=self.round_cost, rounds=most)


@internal
def _check_certificate(cutoff: uint256, edge_cutoffs: DynArray[uint256, MAX_EDGES]) -> uint256:
    """
    @notice One pass over all offers: accept exactly the certificate of the cheapest feasible cohort.
    @dev Amounts above the ceiling were cut to ceiling + 1 when they were opened. The arithmetic of the loop is
         unchecked: lanes are 64 bits, counts below 2**14, sums of amounts below 2**62.
    @return the number of winners
    """
    edge_count: uint256 = self.edge_count
    self._require(len(edge_cutoffs) == edge_count, Refusals.SETTLE_ONE_CUTOFF_PER_EDGE)
    beyond: uint256 = (terms.ceiling + 1) << 16
    bounds: uint256[MAX_EDGES + 1] = empty(uint256[MAX_EDGES + 1])  # by edge + 1, like the next two
    tallies: uint256[MAX_EDGES + 1] = empty(uint256[MAX_EDGES + 1])  # of winners: amounts << 16 | count
    losers: uint256[MAX_EDGES + 1] = empty(uint256[MAX_EDGES + 1])
    for at: uint256 in range(edge_count, bound=MAX_EDGES):
        bounds[at + 1] = min(min(cutoff, edge_cutoffs[at]), beyond)
        losers[at + 1] = beyond

    e: uint256 = 0  # 0 in the lane of a sealed offer: bounds and losers are 0 there
    amount: uint256 = 0
    key: uint256 = 0
    words: uint256 = (self.offer_count + OFFERS_PER_WORD - 1) // OFFERS_PER_WORD
    for i: uint256 in range(words, bound=MAX_OFFERS // OFFERS_PER_WORD):
        word: uint256 = self.offer_words[i]
        position: uint256 = i << 2
        # lane by lane; a loop over the four would cost as much as its body
        e = word & packing.LOW_16
        amount = (word & packing.LOW_64) ^ e
        key = amount | position
        if key < bounds[e]:
            tallies[e] = unsafe_add(tallies[e], amount | 1)
        elif key < losers[e]:
            losers[e] = key
        e = (word >> 64) & packing.LOW_16
        amount = ((word >> 64) & packing.LOW_64) ^ e
        key = amount | position | 1
        if key < bounds[e]:
            tallies[e] = unsafe_add(tallies[e], amount | 1)
        elif key < losers[e]:
            losers[e] = key
        e = (word >> 128) & packing.LOW_16
        amount = ((word >> 128) & packing.LOW_64) ^ e
        key = amount | position | 2
        if key < bounds[e]:
            tallies[e] = unsafe_add(tallies[e], amount | 1)
        elif key < losers[e]:
            losers[e] = key
        e = (word >> 192) & packing.LOW_16
        amount = (word >> 192) ^ e
        key = amount | position | 3
        if key < bounds[e]:
            tallies[e] = unsafe_add(tallies[e], amount | 1)
        elif key < losers[e]:
            losers[e] = key
    total: uint256 = 0
    amounts: uint256 = 0  # ticks
    cost: uint256 = terms.coordinator_fee
    marginal: uint256 = NO_CUTOFF
    for at: uint256 in range(edge_count, bound=MAX_EDGES):
        winners: uint256 = tallies[at + 1] & packing.LOW_16
        loser: uint256 = losers[at + 1] if losers[at + 1] < beyond else NO_CUTOFF
        state: packing.EdgeState = self._edge(at)
        # an edge without its bond serves nobody
        capacity: uint256 = self._edge_terms(at).capacity if state.bonded or terms.edge_bond == 0 else 0
        self._require(winners <= capacity, Refusals.SETTLE_EDGE_OVER_CAPACITY)
        self._require(loser == edge_cutoffs[at], Refusals.SETTLE_WRONG_EDGE_CUTOFF)
        if winners < capacity:
            marginal = min(marginal, loser)
        total += winners
        amounts += tallies[at + 1] >> 16
        cost += winners * self._price(bounds[at + 1])
        state.winners = winners
        state.bound = bounds[at + 1]
        self._set_edge(at, state)
    self._require(marginal == cutoff, Refusals.SETTLE_WRONG_CUTOFF)
    self._require(
        total == terms.cohort or (total < terms.cohort and cutoff == NO_CUTOFF), Refusals.SETTLE_WRONG_COHORT_SIZE
    )
    self.round_cost = cost
    self.true_cost = amounts * terms.tick + terms.coordinator_fee
    return total


@internal
def _charge_owners(enough_clients: bool) -> uint256:
    """
    @notice Fix every owner's level, charge and refund.
    @return the rounds bought
    """
    owners: DynArray[packing.Owner, MAX_OWNERS] = self._owners()
    bought: DynArray[ISharing.Bill, MAX_OWNERS] = []
    if enough_clients:
        bought = staticcall SHARING.bills(
            self._bids(owners), self.curve, terms.rounds, terms.goal, self.round_cost - self._matched(), self.true_cost
        )
    most: uint256 = 0
    forfeited: uint256 = 0
    for i: uint256 in range(len(owners), bound=MAX_OWNERS):
        bill: ISharing.Bill = bought[i] if enough_clients else empty(ISharing.Bill)
        most = max(most, bill.level)
        self.owner_monies[i] = packing.owner_money(owners[i].owed - bill.charge, owners[i].bid)
        self.owner_seals[i] = (bill.charge << 16) | bill.level
        if owners[i].opened:
            self._owe(i, terms.owner_bond)
        else:
            forfeited += terms.owner_bond
    self.credit[terms.initiator] += forfeited
    return most


@external
def cancel():
    """
    @notice If nobody settled in time, give everything back, bonds included.
    @custom:invariant I-6
    """
    self._require(self.status == Status.OPEN, Refusals.CANCEL_SETTLED_OR_CANCELLED_ALREADY)
    self._require(terms.settle_end <= block.timestamp, Refusals.CANCEL_MAY_STILL_BE_SETTLED)
    self.status = Status.CANCELLED
    for i: uint256 in range(self.owner_count, bound=MAX_OWNERS):
        self._owe(i, terms.owner_bond)
        self.owner_seals[i] = 0
    self._return_bonds_and_sponsorship()
    log Cancelled()


@internal
def _return_bonds_and_sponsorship():
    if self.coordinator_bonded:
        self.credit[terms.coordinator] += terms.coordinator_bond
    self.credit[terms.sponsor] += self.sponsor_locked
    self.sponsor_locked = 0
    for e: uint256 in range(self.edge_count, bound=MAX_EDGES):
        if self._edge(e).bonded:
            self.credit[self._operator(e)] += terms.edge_bond


# ------------------------------------------------------------------ training

@external
def record_round(number: uint256, model_digest: bytes32, updates_root: bytes32, metric: int256):
    """
    @notice The coordinator records the next round's model and the deliveries that went into it.
    @param metric public score of the model in parts of 10**9, for the learning curve only; the least int256 for none
    """
    self._require(msg.sender == terms.coordinator, Refusals.RECORD_NOT_THE_COORDINATOR)
    self._require(self.status == Status.TRAINING and self.training_end == 0, Refusals.RECORD_NOT_TRAINING)
    self._require(block.timestamp < self.round_deadline, Refusals.RECORD_PAST_THE_ROUNDS_TIME_LIMIT)
    self._require(number == self.rounds_done + 1, Refusals.RECORD_NOT_THE_NEXT_ROUND)
    self.rounds_done = number
    self.model_digest[number] = model_digest
    self.recorded_at[number] = block.timestamp
    self.round_deadline = block.timestamp + terms.round_limit
    if number == self.rounds:
        self.training_end = block.timestamp
    if terms.underwritten:
        slack: uint256 = staticcall SHARING.slack(self._bids(self._owners()), self.curve, number, self.true_cost)
        if terms.ceiling * terms.tick <= slack:
            self.full_rounds = number
        else:
            self.slack[number] = slack
    log RoundRecorded(round=number, model_digest=model_digest, updates_root=updates_root, metric=metric)


@external
def veto(number: uint256):
    """
    @notice Owners who together pay more than half of all charges can refuse a round in its veto window: the
            campaign then ends with the round before.
    @dev Rounds whose window has passed stay accepted, so money for them cannot be called back.
    """
    self._require(self.status == Status.TRAINING, Refusals.VETO_NOT_TRAINING)
    self._require(0 < number and number <= self.rounds_done, Refusals.VETO_NO_SUCH_ROUND)
    self._require(block.timestamp < self.recorded_at[number] + terms.veto_window, Refusals.VETO_THE_ROUND_IS_ACCEPTED)
    self._require(self.owner_number[msg.sender] > 0, Refusals.VETO_NOT_AN_OWNER)
    mine: uint256 = 1 << (self.owner_number[msg.sender] - 1)
    vetoes: uint256 = self.vetoed_by[number]
    self._require(vetoes & mine == 0, Refusals.VETO_CAST_ALREADY)
    vetoes |= mine
    self.vetoed_by[number] = vetoes
    against: uint256 = 0
    charges: uint256 = 0
    for i: uint256 in range(self.owner_count, bound=MAX_OWNERS):
        charge: uint256 = self.owner_seals[i] >> 16
        charges += charge
        if (vetoes >> i) & 1 == 1:
            against += charge
    carried: bool = charges < 2 * against
    if carried:
        self.rounds_done = number - 1
        self.training_end = block.timestamp
    log Vetoed(round=number, owner=msg.sender, carried=carried)


@external
def halt():
    """
    @notice If a round's time limit passed, end the campaign at the last recorded round.
    @custom:invariant I-6
    """
    self._require(self.status == Status.TRAINING and self.training_end == 0, Refusals.HALT_NOT_TRAINING)
    self._require(self.round_deadline <= block.timestamp, Refusals.HALT_THE_ROUND_MAY_STILL_BE_RECORDED)
    self.halted = True
    self.training_end = block.timestamp
    log Halted(rounds=self.rounds_done)


@external
def post_deliveries(edge: uint256, up_to_round: uint256, root: bytes32, total: uint256, r: bytes32, vs: bytes32):
    """
    @notice Post an edge's signed root over (client, bitmap of all rounds so far); anyone may post it.
    @param total client-rounds in all bitmaps; claims can never exceed it
    @dev Until its deadline the edge's operator signs; then, for as long again, the coordinator stands in.
    @custom:invariant I-8
    """
    self._require(self.status == Status.TRAINING, Refusals.DELIVERIES_NOT_TRAINING)
    state: packing.EdgeState = self._edge(edge)
    signer: address = self._operator(edge)
    self._require(
        state.up_to_round < up_to_round and up_to_round <= self.rounds_done,
        Refusals.DELIVERIES_NOT_A_LATER_RECORDED_ROUND,
    )
    self._require(
        self.recorded_at[up_to_round] + terms.veto_window <= block.timestamp,
        Refusals.DELIVERIES_THE_ROUND_MAY_STILL_BE_VETOED,
    )
    self._require(
        state.delivered <= total and total <= state.winners * up_to_round, Refusals.DELIVERIES_IMPOSSIBLE_TOTAL
    )
    if self.training_end != 0:
        deadline: uint256 = self._accepted_end() + terms.delivery_window
        self._require(block.timestamp < deadline + terms.delivery_window, Refusals.DELIVERIES_TOO_LATE)
        if deadline <= block.timestamp:
            signer = terms.coordinator
            state.stood_in = True
    self._require(
        signatures.deliveries_signer(DOMAIN, edge, up_to_round, root, total, r, vs) == signer,
        Refusals.DELIVERIES_WRONG_SIGNATURE,
    )
    state.up_to_round = up_to_round
    state.delivered = total
    self.edge_roots[edge] = root
    self._set_edge(edge, state)
    log DeliveriesPosted(edge=edge, up_to_round=up_to_round, root=root, total=total, signer=signer)


@external
def release_models(root: bytes32):
    """
    @notice The coordinator commits to the sealed checkpoints, one per owner; without it it earns nothing.
    @param root over the digests of the sealed boxes, in the order of the bids
    """
    self._require(msg.sender == terms.coordinator, Refusals.RELEASE_NOT_THE_COORDINATOR)
    self._require(self.status == Status.TRAINING and self.training_end != 0, Refusals.RELEASE_STILL_TRAINING)
    self._require(self._accepted_end() <= block.timestamp, Refusals.RELEASE_A_ROUND_MAY_STILL_BE_VETOED)
    self._require(self.release_root == empty(bytes32), Refusals.RELEASE_RELEASED_ALREADY)
    self._require(root != empty(bytes32), Refusals.RELEASE_EMPTY_ROOT)
    self.release_root = root
    log ModelsReleased(root=root)


@external
def close():
    """
    @notice Close the books: payers get back what was not delivered, the coordinator its fee and bond.
    @dev An edge that left its last root to the stand-in loses its bond to the owners. The rule divides the rest.
    @custom:invariant I-2 I-5
    """
    self._require(self.status == Status.TRAINING and self.training_end != 0, Refusals.CLOSE_STILL_TRAINING)
    done: uint256 = self.rounds_done
    to_sites: uint256 = 0  # clients and edges together
    lost: uint256 = 0  # edges' bonds
    pending: bool = done > 0 and self.release_root == empty(bytes32)
    unreleased: bool = pending
    for e: uint256 in range(self.edge_count, bound=MAX_EDGES):
        edge: packing.EdgeState = self._edge(e)
        to_sites += edge.delivered * self._price(edge.bound)
        unsigned: bool = edge.winners > 0 and edge.up_to_round < done
        pending = pending or unsigned
        if edge.bonded:
            if edge.winners > 0 and (unsigned or edge.stood_in):
                lost += terms.edge_bond
            else:
                self.credit[self._operator(e)] += terms.edge_bond
    end: uint256 = self._accepted_end()
    self._require(end <= block.timestamp, Refusals.CLOSE_A_ROUND_MAY_STILL_BE_VETOED)
    self._require(
        end + 2 * terms.delivery_window <= block.timestamp or not pending, Refusals.CLOSE_NOT_ALL_IS_DELIVERED_YET
    )
    self.status = Status.CLOSED

    owners: DynArray[packing.Owner, MAX_OWNERS] = self._owners()
    bought: DynArray[ISharing.Bill, MAX_OWNERS] = []
    for i: uint256 in range(len(owners), bound=MAX_OWNERS):
        bought.append(self._bill(i))
    undelivered: uint256 = (self.round_cost - terms.coordinator_fee) * done - to_sites
    parts: ISharing.Parts = staticcall SHARING.parts(
        ISharing.Books(
            rounds_done=done,
            goal=terms.goal,
            round_cost=self.round_cost,
            true_cost=self.true_cost,
            matched=self._matched(),
            sponsor_locked=self.sponsor_locked,
            coordinator_fee=terms.coordinator_fee,
            coordinator_bond=terms.coordinator_bond,
            released=not unreleased,
            halted=self.halted,
            lost_bonds=lost + self.lost_bonds,
            undelivered=undelivered,
        ),
        self._bids(owners),
        bought,
        self.curve,
    )
    self.lost_bonds = 0
    for i: uint256 in range(len(owners), bound=MAX_OWNERS):
        self._owe(i, parts.owners[i])
    self.credit[terms.coordinator] += parts.coordinator
    self.credit[terms.sponsor] += parts.sponsor
    self.credit[terms.initiator] += parts.initiator
    log Closed(spent=to_sites, undelivered=undelivered)


# ------------------------------------------------------------------ payments

@external
def withdraw(accounts: DynArray[address, MAX_BATCH]):
    """
    @notice Pay accounts what is theirs; anyone may call. Who has nothing to get, or cannot get it from the token, is
            passed over.
    @dev A single account's transfer may use all gas, so that no token is too dear to be paid in.
    """
    limit: uint256 = msg.gas if len(accounts) == 1 else TRANSFER_GAS
    paid: bool = False
    refused: bool = False
    for account: address in accounts:
        amount: uint256 = self.credit[account]
        self.credit[account] = 0
        number: uint256 = self.owner_number[account]
        if number > 0 and self.status != Status.OPEN:
            owner: packing.Owner = self._owner(number - 1)
            amount += owner.owed
            self.owner_monies[number - 1] = packing.owner_money(0, owner.bid)
        if amount > 0:
            if self._paid(account, amount, "credit", limit):
                paid = True
            else:
                refused = True
    self._require(paid or not refused, Refusals.PAYMENT_TOKEN_REFUSED)


@external
def return_bonds(clients: DynArray[address, MAX_BATCH]):
    """
    @notice Return bonds that no claim settles: all after a cancellation, else those of opened offers that lost.
            A winner's bond is settled by its last claim; if it never shows what it delivered although its edge
            signed, the bond is lost, and if its edge never signed, it is returned. Bonds that are settled, or were
            forfeited at settlement, are passed over; one must not be.
    """
    self._require(self.status != Status.OPEN, Refusals.BOND_NOT_SETTLED_YET)
    anything: bool = False
    refusal: uint256 = Refusals.BOND_NOTHING_HELD
    for account: address in clients:
        client: packing.Client = empty(packing.Client)
        edge: uint256 = 0
        amount: uint256 = 0
        client, edge, amount = self._client(account, Refusals.BOND_UNKNOWN_CLIENT)
        if client.bond_settled:
            continue
        kept: bool = True
        if self.status != Status.CANCELLED:
            if not client.opened:
                refusal = Refusals.BOND_FORFEITED
                continue
            state: packing.EdgeState = self._edge(edge)
            if self.status != Status.UNFUNDED and ((amount << 16) | client.position) < state.bound:
                self._require(
                    self.training_end != 0 and self._accepted_end() + 3 * terms.delivery_window <= block.timestamp,
                    Refusals.BOND_MAY_STILL_BE_CLAIMED,
                )
                kept = state.up_to_round < self.rounds_done or self.rounds_done == 0
        anything = True
        self.clients[account] = packing.with_bond_settled(self.clients[account])
        self._settle_bond(account, client.poster, kept)
    self._require(anything, refusal)


@external
def claim(client: address, bitmap: uint256, proof: DynArray[bytes32, merkle.MAX_DEPTH]):
    """
    @notice Pay a client for every delivered round that was not paid yet; anyone may call.
    @custom:invariant I-9
    """
    amount: uint256 = 0
    edge: uint256 = 0
    amount, edge = packing.offer(self._offer(self.clients[client] & packing.POSITION))
    self._claim(edge, [client], [bitmap], proof)


@external
def claim_many(
    edge: uint256,
    clients: DynArray[address, MAX_BATCH],
    delivered: DynArray[uint256, MAX_BATCH],
    proof: DynArray[bytes32, merkle.MAX_DEPTH],
):
    """
    @notice Pay neighbouring clients of an edge's tree at once, proved by the node above them.
    @custom:invariant I-9
    """
    self._require(0 < len(clients) and len(clients) == len(delivered), Refusals.CLAIM_ONE_BITMAP_PER_CLIENT)
    self._claim(edge, clients, delivered, proof)


@external
def claim_edge_fee(edge: uint256):
    """
    @notice Pay an edge's operator its fee for the client-rounds that were paid to its clients.
    """
    state: packing.EdgeState = self._edge(edge)
    fee: uint256 = (state.claimed - state.fee_rounds) * self._edge_terms(edge).fee * terms.tick
    self._require(fee > 0, Refusals.CLAIM_NOTHING_NEW)
    state.fee_rounds = state.claimed
    self._set_edge(edge, state)
    self._pay(self._operator(edge), fee, "edge fee")


@internal
def _claim(
    edge: uint256,
    accounts: DynArray[address, MAX_BATCH],
    delivered: DynArray[uint256, MAX_BATCH],
    proof: DynArray[bytes32, merkle.MAX_DEPTH],
):
    """
    @notice Pay clients what proved bitmaps add to what was paid, and settle their bonds if the bitmaps are the
            last ones.
    @dev The edge's state is written once, at the end: nothing can call back before that.
    """
    state: packing.EdgeState = self._edge(edge)
    leaves: DynArray[bytes32, MAX_BATCH] = []
    for i: uint256 in range(len(accounts), bound=MAX_BATCH):
        leaves.append(merkle.leaf(self.clients[accounts[i]] & packing.POSITION, delivered[i]))
    self._require(
        merkle.is_member(self.edge_roots[edge], merkle.root_of(leaves), proof),
        Refusals.CLAIM_NOT_IN_THE_SIGNED_DELIVERIES,
    )
    self._require(self.status == Status.TRAINING or self.status == Status.CLOSED, Refusals.CLAIM_NOT_FUNDED)
    final: bool = self.training_end != 0 and state.up_to_round == self.rounds_done
    fee: uint256 = self._edge_terms(edge).fee * terms.tick
    price: uint256 = self._price(state.bound)
    slacks: DynArray[uint256, MAX_ROUNDS] = []  # underwritten: of the rounds after the full ones
    if terms.underwritten:
        for r: uint256 in range(self.full_rounds, max(self.full_rounds, state.up_to_round), bound=MAX_ROUNDS):
            slacks.append(self.slack[r + 1])
    anything: bool = False
    for i: uint256 in range(len(accounts), bound=MAX_BATCH):
        client: packing.Client = empty(packing.Client)
        at_edge: uint256 = 0
        amount: uint256 = 0
        client, at_edge, amount = self._client(accounts[i], Refusals.CLAIM_UNKNOWN_CLIENT)
        self._require(
            client.opened and at_edge == edge and ((amount << 16) | client.position) < state.bound,
            Refusals.CLAIM_NOT_IN_THE_COHORT,
        )
        self._require(delivered[i] >> state.up_to_round == 0, Refusals.CLAIM_A_ROUND_THAT_WAS_NOT_DELIVERED)

        count: uint256 = bitmaps.count(delivered[i])
        new: uint256 = count - min(count, client.paid_rounds)
        last: bool = final and not client.bond_settled
        if new == 0 and not last:
            continue
        anything = True
        pay: uint256 = new * (price - fee)
        if terms.underwritten:
            due: uint256 = self._underwritten_pay(price, slacks, amount * terms.tick, delivered[i]) - count * fee
            due = min(pay, max(client.paid, due) - client.paid)
            self.credit[terms.sponsor] += pay - due
            pay = due
        state.claimed += new
        self._require(state.claimed <= state.delivered, Refusals.CLAIM_MORE_THAN_THE_EDGE_SIGNED_FOR)
        client.paid_rounds += new
        client.paid += pay
        client.bond_settled = client.bond_settled or last
        self.clients[accounts[i]] = packing.paid_client(client)
        if last:
            self._settle_bond(accounts[i], client.poster, self.rounds_done - count <= terms.tolerance)
        if pay > 0:
            self._pay(accounts[i], pay, "training")
    self._require(anything, Refusals.CLAIM_NOTHING_NEW)
    self._set_edge(edge, state)


@internal
@view
def _underwritten_pay(
    price: uint256, slacks: DynArray[uint256, MAX_ROUNDS], asked: uint256, bitmap: uint256
) -> uint256:
    """
    @notice What a client gets for all rounds of a bitmap, fee included: its price, but never more above what it
            asked than the round's slack.
    """
    # not `(1 << full_rounds) - 1`, which reverts when all 256 rounds are full
    pay: uint256 = bitmaps.count(bitmap & ~(max_value(uint256) << self.full_rounds)) * price
    rest: uint256 = bitmap >> self.full_rounds
    for slack: uint256 in slacks:
        if rest & 1 == 1:
            pay += min(price, asked + slack)
        rest = rest >> 1
    return pay


# ------------------------------------------------------------------ views

@external
@view
def price(edge: uint256) -> uint256:
    """
    @notice Base units per client-round at an edge, fee included; meaningful after settlement.
    """
    return self._price(self._edge(edge).bound)


@external
@view
def owner(index: uint256) -> (packing.Owner, ISharing.Bill):
    """
    @notice An owner in the order of the bids, and after settlement what it bought.
    """
    return self._owner(index), empty(ISharing.Bill) if self.status == Status.OPEN else self._bill(index)


@external
@view
def edge(index: uint256) -> (packing.EdgeTerms, packing.EdgeState, bytes32):
    """
    @notice An edge in the order of the terms, and the root of its last deliveries.
    """
    return self._edge_terms(index), self._edge(index), self.edge_roots[index]


@external
@view
def offer(client: address) -> (packing.Client, uint256, uint256):
    """
    @notice A client's offer; once opened also its edge and its amount in ticks, fee included, cut above the ceiling.
    """
    return self._client(client, Refusals.OFFER_UNKNOWN_CLIENT)


# ------------------------------------------------------------------ internal

@internal
@view
def _require(holds: bool, refusal: uint256):
    """
    @notice Refuse with a sentence. The sentences would take a third of the code that a contract may have, so
            they are kept by another contract, which is asked only then.
    """
    if not holds:
        raw_revert(abi_encode(staticcall REFUSALS.text(refusal), method_id=method_id("Error(string)")))


@internal
@view
def _in_commit_phase():
    self._require(block.timestamp < terms.commit_end, Refusals.COMMIT_THE_PHASE_IS_OVER)


@internal
@view
def _in_reveal_phase():
    self._require(
        terms.commit_end <= block.timestamp and block.timestamp < terms.reveal_end, Refusals.REVEAL_NOT_THE_REVEAL_PHASE
    )
    # what cannot be settled stays sealed
    self._roles_are_taken(Refusals.REVEAL_THE_COORDINATOR_POSTED_NO_BOND, Refusals.REVEAL_THE_SPONSOR_LOCKED_NOTHING)


@internal
@view
def _roles_are_taken(without_bond: uint256, without_sponsor: uint256):
    self._require(self.coordinator_bonded, without_bond)
    self._require(self.sponsor_locked == self._sponsorship(), without_sponsor)


@internal
@view
def _accepted_end() -> uint256:
    """
    @notice When the last round's veto window ends, once training has ended.
    """
    return self.training_end + terms.veto_window


@internal
@view
def _sponsorship() -> uint256:
    """
    @notice The most that the sponsor's promise can come to, base units.
    """
    most: uint256 = terms.cohort * terms.ceiling * terms.tick + terms.coordinator_fee
    return terms.rounds * (most if terms.underwritten else terms.match * most // ONE)


@internal
@view
def _matched() -> uint256:
    """
    @notice The sponsor's part of a round, base units, rounded down; 0 if it underwrites instead.
    """
    return terms.match * self.round_cost // ONE


@internal
@view
def _seal(role: bytes32, opening: ICampaign.Opening) -> uint256:
    """
    @custom:invariant I-8
    """
    return convert(
        keccak256(abi_encode(role, chain.id, self, opening.sender, opening.amount, opening.edge, opening.salt)),
        uint256,
    )


@internal
@view
def _offer(position: uint256) -> uint256:
    """
    @notice What is kept of an opened offer; 0 while it is sealed.
    """
    return (self.offer_words[position // OFFERS_PER_WORD] >> ((position % OFFERS_PER_WORD) << 6)) & packing.LOW_64


@internal
@view
def _client(account: address, refusal: uint256) -> (packing.Client, uint256, uint256):
    """
    @notice A client's offer, and once it is opened its edge and its amount in ticks, fee included.
    """
    word: uint256 = self.clients[account]
    self._require(word != 0, refusal)
    offer: uint256 = self._offer(word & packing.POSITION)
    amount: uint256 = 0
    edge: uint256 = 0
    amount, edge = packing.offer(offer)
    return packing.client(word, offer != 0), edge, amount


@internal
@view
def _edge_terms(edge: uint256) -> packing.EdgeTerms:
    self._require(edge < self.edge_count, Refusals.EDGE_UNKNOWN)
    return packing.edge_terms(self.edge_terms[edge])


@internal
@view
def _operator(edge: uint256) -> address:
    return self._edge_terms(edge).operator


@internal
@view
def _edge(edge: uint256) -> packing.EdgeState:
    self._require(edge < self.edge_count, Refusals.EDGE_UNKNOWN)
    return packing.edge_state(self.edge_states[edge])


@internal
def _set_edge(edge: uint256, state: packing.EdgeState):
    self.edge_states[edge] = packing.edge_state_word(state)


@internal
@view
def _owner(index: uint256) -> packing.Owner:
    return packing.owner(self.owner_identities[index], self.owner_monies[index])


@internal
@view
def _bill(index: uint256) -> ISharing.Bill:
    """
    @notice What an owner bought; meaningful after settlement.
    """
    bill: uint256 = self.owner_seals[index]
    return ISharing.Bill(level=bill & packing.LOW_16, charge=bill >> 16)


@internal
@view
def _owners() -> DynArray[packing.Owner, MAX_OWNERS]:
    owners: DynArray[packing.Owner, MAX_OWNERS] = []
    for i: uint256 in range(self.owner_count, bound=MAX_OWNERS):
        owners.append(self._owner(i))
    return owners


@internal
@pure
def _bids(owners: DynArray[packing.Owner, MAX_OWNERS]) -> DynArray[ISharing.Bid, MAX_OWNERS]:
    bids: DynArray[ISharing.Bid, MAX_OWNERS] = []
    for owner: packing.Owner in owners:
        bids.append(ISharing.Bid(amount=owner.bid, weight=owner.weight if owner.opened else 0))
    return bids


@internal
@view
def _price(bound: uint256) -> uint256:
    """
    @notice Base units: the amount in the key of the offer that bounds the winners, at most the ceiling.
    """
    return min(bound >> 16, terms.ceiling) * terms.tick


@internal
def _settle_bond(client: address, poster: uint256, kept: bool):
    """
    @notice A bond goes back to who posted it, unless it is lost.
    """
    if not kept:
        self._compensate_owners(terms.client_bond)
        log BondLost(client=client)
    elif poster == 0:
        self._pay(client, terms.client_bond, "bond")
    else:
        self.credit[self._operator(poster - 1)] += terms.client_bond


@internal
def _owe(index: uint256, amount: uint256):
    """
    @notice More for an owner to withdraw.
    """
    self.owner_monies[index] += packing.owner_money(amount, 0)


@internal
def _compensate_owners(amount: uint256):
    """
    @notice A winner's lost bond goes to the owners in proportion to their charges, when the books close or, once they
            are closed, at once; rounded down. The rest is the initiator's, and all of it if nobody is charged anything.
    @custom:invariant I-2
    """
    if self.status != Status.CLOSED:
        self.lost_bonds += amount
        return
    charges: uint256 = 0
    for i: uint256 in range(self.owner_count, bound=MAX_OWNERS):
        charges += self._bill(i).charge
    left: uint256 = amount
    if charges > 0:
        for i: uint256 in range(self.owner_count, bound=MAX_OWNERS):
            part: uint256 = amount * self._bill(i).charge // charges
            self._owe(i, part)
            left -= part
    self.credit[terms.initiator] += left


@internal
@view
def _balance() -> uint256:
    return staticcall TOKEN.balanceOf(self)


@internal
def _take(amount: uint256):
    self.deposited += amount
    before: uint256 = self._balance()
    self._require(
        extcall TOKEN.transferFrom(msg.sender, self, amount, default_return_value=True), Refusals.DEPOSIT_TOKEN_REFUSED
    )
    self._require(self._balance() == before + amount, Refusals.DEPOSIT_TOKEN_TAKES_A_FEE)


@internal
def _pay(account: address, amount: uint256, reason: String[16]):
    paid: bool = self._paid(account, amount, reason, TRANSFER_GAS)


@internal
def _paid(account: address, amount: uint256, reason: String[16], limit: uint256) -> bool:
    """
    @notice Move money, or if the token refuses make it the account's credit: nobody else is hurt by that.
    @dev Whoever calls must leave the token its gas, or it could turn payments into credits. Of the answer no more
         than a word is read. Unless it is yes, the balance tells what happened.
    @return whether the money was moved
    """
    self._require(msg.gas > TRANSFER_GAS + TRANSFER_GAS // 10, Refusals.PAYMENT_TOO_LITTLE_GAS)
    before: uint256 = self._balance()
    moved: bool = False
    answer: Bytes[32] = b""
    moved, answer = raw_call(
        TOKEN.address,
        abi_encode(account, amount, method_id=method_id("transfer(address,uint256)")),
        max_outsize=32,
        gas=limit,
        revert_on_failure=False,
    )
    if moved and (len(answer) < 32 or convert(answer, uint256) != 1):
        after: uint256 = self._balance()
        moved = after + amount == before
        self._require(moved or after == before, Refusals.PAYMENT_TOKEN_REFUSED)
    if moved:
        self.paid_out += amount
        log Paid(account=account, amount=amount, reason=reason)
    else:
        self.credit[account] += amount
        log PaymentRefused(account=account, amount=amount, reason=reason)
    return moved
