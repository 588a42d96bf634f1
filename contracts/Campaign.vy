# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title One crowdfunded federated-learning campaign
@license Apache-2.0
@notice Owners seal bids, edges seal the books of their clients' offers and sign what was delivered. Anyone may settle,
        halt, cancel, close and push payments; money only ever goes to the account it belongs to. There is no admin key.
@dev    The campaign is made of parts: agreement, treasury, edges, owners, training; its offers are in books of their own
        (Books). This file is where the parts meet: phases, settlement, the closing of the books.
        Amounts are base units of the token; costs, fees and ceilings of client-rounds are ticks.
@custom:invariant I-1 I-2 I-6 I-7
"""

import Books
import Refusals
import agreement
import edges
import owners
import quality
import refusing
import signatures
import training
import treasury
from interfaces import IClearing
from interfaces import ISharing

implements: IClearing

initializes: refusing
initializes: agreement
initializes: treasury[refusing := refusing]
initializes: edges[agreement := agreement, refusing := refusing]
initializes: owners[agreement := agreement, refusing := refusing, treasury := treasury]
initializes: training[agreement := agreement, edges := edges, refusing := refusing]

exports: (
    agreement.terms,
    treasury.credit,
    treasury.deposited,
    treasury.paid_out,
    training.model_digest,
    training.recorded_at,
)

# ------------------------------------------------------------------ types, events, state

flag Status:
    OPEN  # commit, reveal and settle phases, told apart by the clock
    UNFUNDED  # settled, but too few clients or nobody pays the goal
    CANCELLED  # nobody settled in time
    TRAINING  # funded; rounds are recorded
    CLOSED  # the campaign's accounts are closed; claims never expire


event CoordinatorBonded: pass


event SponsorLocked:
    amount: uint256


event Settled:
    winners: uint256
    round_cost: uint256
    true_cost: uint256
    rounds: uint256  # 0 if the campaign is not funded


event Cancelled: pass


event Closed:
    owners: DynArray[uint256, agreement.MAX_OWNERS]  # what each is owed more, in the order of the bids
    coordinator: uint256
    sponsor: uint256
    initiator: uint256
    extra: uint256  # base units per client-round


event ClientsPaid:
    edge: indexed(uint256)
    rounds: uint256
    extra_rounds: uint256
    saved: uint256


event FeePaid:
    edge: indexed(uint256)
    rounds: uint256


event Withdrawn:
    account: indexed(address)


MAX_BATCH: constant(uint256) = 64

SHARING: immutable(ISharing)
BOOKS: immutable(address)

status: public(Status)
coordinator_bonded: public(bool)
sponsor_locked: public(uint256)  # base units; after settlement only what the rounds may need
curve: DynArray[uint256, quality.MAX_WORDS]
goals: DynArray[uint256, agreement.MAX_GOALS]  # least weight << 16 | rounds sold together
costs: uint256  # base units of a round: at what the clients asked << 128 | at their prices
lost_bonds: public(uint256)  # base units, for the owners
penalties: HashMap[address, uint256]  # base units that an operator loses of the bond of its book
full_rounds: uint256  # underwritten: recorded rounds, from the first, in which every client gets its price
slack: HashMap[uint256, uint256]  # underwritten: of the recorded rounds after these, base units
extra: public(uint256)  # base units per client-round, on top of the price, once closed


@deploy
def __init__(
    refusals: address,
    books: address,
    public_terms: agreement.Terms,
    edge_terms: DynArray[agreement.EdgeTerms, agreement.MAX_EDGES],
    curve: DynArray[uint256, quality.MAX_WORDS],
    goals: DynArray[uint256, agreement.MAX_GOALS],
    weights: DynArray[agreement.OwnerWeight, agreement.MAX_OWNERS],
):
    """
    @notice Fix the public terms; nothing of them can change later.
    @param books blueprint of the books
    @dev The factory has checked them: only a campaign that `CampaignFactory.is_campaign` knows can be relied on.
    """
    refusing.__init__(refusals)
    agreement.__init__(public_terms)
    treasury.__init__(public_terms.token)
    edges.__init__(edge_terms)
    owners.__init__(weights)
    SHARING = ISharing(public_terms.sharing)
    BOOKS = create_from_blueprint(books, refusals, public_terms.cohort, code_offset=3)
    self.status = Status.OPEN
    self.curve = curve
    self.goals = goals


# ------------------------------------------------------------------ commit

@external
def post_coordinator_bond():
    """
    @notice Only the coordinator. Without it nothing is opened and the campaign ends in `cancel`.
    """
    self._in_commit_phase()
    refusing.unless(msg.sender == agreement.terms.coordinator, Refusals.BOND_NOT_THE_COORDINATOR)
    refusing.unless(not self.coordinator_bonded, Refusals.BOND_POSTED_ALREADY)
    self.coordinator_bonded = True
    log CoordinatorBonded()
    treasury._take(msg.sender, agreement.terms.coordinator_bond)


@external
def post_edge_bond(edge: uint256):
    """
    @notice Only the edge's operator. Without it the edge serves nobody, unless the terms ask for no bond.
    """
    self._in_commit_phase()
    edges._bond(edge, msg.sender)
    treasury._take(msg.sender, agreement.terms.edge_bond)


@external
def lock_sponsorship():
    """
    @notice Only the sponsor, the most that its promise can come to. Without it the campaign ends in `cancel`.
    """
    self._in_commit_phase()
    refusing.unless(msg.sender == agreement.terms.sponsor, Refusals.SPONSOR_NOT_THE_SPONSOR)
    refusing.unless(self.sponsor_locked == 0, Refusals.SPONSOR_LOCKED_ALREADY)
    self.sponsor_locked = agreement._sponsorship()
    log SponsorLocked(amount=self.sponsor_locked)
    treasury._take(msg.sender, self.sponsor_locked)


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
    @param encryption_key X25519 key to which the owner's model will be sealed
    @dev A permit (ERC-2612) of escrow and bond may come along.
    """
    self._in_commit_phase()
    owners._commit(msg.sender, commitment, escrow, encryption_key)
    amount: uint256 = escrow + agreement.terms.owner_bond
    if permit_deadline != 0:
        treasury._permit(msg.sender, amount, permit_deadline, permit_v, permit_r, permit_s)
    treasury._take(msg.sender, amount)


@external
def book_committed(operator: address, edge: uint256, clients: uint256):
    """
    @notice Only the books.
    """
    self._from_the_books()
    self._in_commit_phase()
    refusing.unless(operator == edges._operator(edge), Refusals.BOOK_NOT_THE_EDGES_OPERATOR)
    treasury._take(operator, clients * agreement.terms.book_bond)


# ------------------------------------------------------------------ reveal

@external
def reveal_bids(openings: DynArray[owners.Opening, MAX_BATCH]):
    """
    @notice Anybody who has the openings, once the coordinator's bond and the sponsor's money are there.
    """
    self._in_reveal_phase()
    owners._reveal(openings)


@external
def book_opened(operator: address, sections: DynArray[uint256, agreement.MAX_EDGES]):
    """
    @notice Only the books.
    """
    self._from_the_books()
    self._in_reveal_phase()
    for section: uint256 in sections:
        refusing.unless(edges._operator(section >> 16) == operator, Refusals.BOOK_NOT_THE_EDGES_OPERATOR)


@external
def book_returned(operator: address, clients: uint256, opened: bool):
    """
    @notice Only the books.
    """
    self._from_the_books()
    cancelled: bool = self.status == Status.CANCELLED
    refusing.unless(opened or cancelled, Refusals.BOND_NOTHING_HELD)
    refusing.unless(
        cancelled or self.status == Status.UNFUNDED or self.status == Status.CLOSED, Refusals.BOND_MAY_STILL_BE_LOST
    )
    moved: bool = treasury._pay(operator, clients * agreement.terms.book_bond - self.penalties[operator])


# ------------------------------------------------------------------ settle

@external
def market_cleared(
    results: DynArray[IClearing.Result, agreement.MAX_EDGES], amounts: uint256, silent: uint256
):
    """
    @notice Only the books, for whoever settles: the cohort and its prices are proved, now the owners are charged.
    @custom:invariant I-4
    """
    self._from_the_books()
    self._in_settle_phase()
    winners: uint256 = 0
    cost: uint256 = agreement.terms.coordinator_fee
    for e: uint256 in range(len(results), bound=agreement.MAX_EDGES):
        state: edges.EdgeState = edges._state(e)
        state.winners = results[e].winners
        state.price = results[e].price
        edges._set(e, state)
        winners += results[e].winners
        cost += results[e].winners * results[e].price * agreement.terms.tick
    true_cost: uint256 = amounts * agreement.terms.tick + agreement.terms.coordinator_fee
    self.costs = (true_cost << 128) | cost

    bills: DynArray[ISharing.Bill, agreement.MAX_OWNERS] = []
    if winners >= agreement.terms.min_cohort:
        bills = staticcall SHARING.bills(owners._bids(), self.curve, self._sale())
    bought: uint256 = 0
    lost: uint256 = 0
    bought, lost = owners._charge(bills)
    self.lost_bonds = lost + silent * agreement.terms.book_bond  # of bids and books that were never opened
    if bought == 0:
        self.status = Status.UNFUNDED
        self._return_bonds_and_sponsorship()
        self._divide_lost_bonds_by_bids()
    else:
        self.status = Status.TRAINING
        training._begin(bought)
        needed: uint256 = bought * (cost if agreement.terms.underwritten else self._matched())
        treasury._owe(agreement.terms.sponsor, self.sponsor_locked - needed)
        self.sponsor_locked = needed
    log Settled(winners=winners, round_cost=cost, true_cost=true_cost, rounds=bought)


@external
def cancel():
    """
    @notice If nobody settled in time, anybody gives everything back, bonds included.
    @custom:invariant I-6
    """
    refusing.unless(self.status == Status.OPEN, Refusals.CANCEL_SETTLED_OR_CANCELLED_ALREADY)
    refusing.unless(agreement.terms.settle_end <= block.timestamp, Refusals.CANCEL_MAY_STILL_BE_SETTLED)
    self.status = Status.CANCELLED
    owners._return_all()
    self._return_bonds_and_sponsorship()
    log Cancelled()


@internal
def _return_bonds_and_sponsorship():
    if self.coordinator_bonded:
        treasury._owe(agreement.terms.coordinator, agreement.terms.coordinator_bond)
    treasury._owe(agreement.terms.sponsor, self.sponsor_locked)
    self.sponsor_locked = 0
    for e: uint256 in range(edges.count, bound=agreement.MAX_EDGES):
        if edges._state(e).bonded:
            treasury._owe(edges._operator(e), agreement.terms.edge_bond)


@internal
def _divide_lost_bonds_by_bids():
    """
    @notice Nobody is charged, so what silence cost goes to those who would have paid, by what they bid; the rest,
            below a unit an owner, to the initiator.
    """
    bids: DynArray[ISharing.Bid, agreement.MAX_OWNERS] = owners._bids()
    total: uint256 = 0
    for bid: ISharing.Bid in bids:
        total += bid.amount
    left: uint256 = self.lost_bonds
    self.lost_bonds = 0
    if total > 0:
        all: uint256 = left
        for i: uint256 in range(len(bids), bound=agreement.MAX_OWNERS):
            part: uint256 = all * bids[i].amount // total
            owners._owe(i, part)
            left -= part
    treasury._owe(agreement.terms.initiator, left)


@external
def settlement_attempted(settler: address) -> uint256:
    """
    @notice Only the books.
    """
    self._from_the_books()
    self._in_settle_phase()
    until: uint256 = block.timestamp + agreement.terms.absence_window
    refusing.unless(until < agreement.terms.settle_end, Refusals.SETTLE_TOO_LATE_TO_CALL_A_BOOK_ABSENT)
    treasury._take(settler, agreement.terms.stake)
    return until


@external
def stake_returned(account: address):
    """
    @notice Only the books.
    """
    self._from_the_books()
    treasury._owe(account, agreement.terms.stake)


@external
def attempt_given_up(settler: address):
    """
    @notice Only the books.
    """
    self._from_the_books()
    refusing.unless(self.status == Status.CANCELLED, Refusals.SETTLE_NO_SUCH_ATTEMPT)
    treasury._owe(settler, agreement.terms.stake)


# ------------------------------------------------------------------ training

@external
def record_round(number: uint256, model_digest: bytes32, updates_root: bytes32, metric: int256):
    """
    @notice Only the coordinator, within the round's time limit.
    @param metric what it says that the model scores, parts of 10**9; decides nothing; the least int256 for none
    """
    refusing.unless(self.status == Status.TRAINING, Refusals.RECORD_NOT_TRAINING)
    training._record(msg.sender, number, model_digest, updates_root, metric)
    if agreement.terms.underwritten:
        slack: uint256 = staticcall SHARING.slack(owners._bids(), self.curve, number, self._true_cost())
        if agreement.terms.ceiling * agreement.terms.tick <= slack:
            self.full_rounds = number
        else:
            self.slack[number] = slack


@external
def veto(number: uint256):
    """
    @notice Any owner, once per round, within the round's veto window. Inside the goal it pays for the rounds done what
            they are worth by its bid.
    """
    refusing.unless(self.status == Status.TRAINING, Refusals.VETO_NOT_TRAINING)
    index: uint256 = owners.number[msg.sender]
    refusing.unless(index > 0, Refusals.VETO_NOT_AN_OWNER)
    training._veto(number, msg.sender, index - 1, owners._bills())


@external
def halt():
    """
    @notice Anybody, once a round's time limit has passed: the campaign ends at the last recorded round.
    @custom:invariant I-6
    """
    refusing.unless(self.status == Status.TRAINING, Refusals.HALT_NOT_TRAINING)
    training._halt()


@external
def post_deliveries(
    edge: uint256,
    up_to_round: uint256,
    root: bytes32,
    missing: DynArray[uint256, edges.MAX_WORDS],
    signature: Bytes[signatures.MAX_SIGNATURE],
):
    """
    @notice Anybody who has the signature. What it says is not checked against the training.
    @param root over (chunk, bitmaps of the edge's winners in it)
    @param missing winners that missed each round, 16 bits each, the first lowest
    @custom:invariant I-8
    """
    refusing.unless(self.status == Status.TRAINING, Refusals.DELIVERIES_NOT_TRAINING)
    training._post(edge, up_to_round, root, missing, signature)


@external
def release_models(boxes: DynArray[bytes32, agreement.MAX_OWNERS]):
    """
    @notice Only the coordinator, once the last round is accepted; without it it earns nothing.
    @param boxes digests of the sealed models of all owners that bought rounds, in the order of the bids
    """
    refusing.unless(self.status == Status.TRAINING, Refusals.RELEASE_STILL_TRAINING)
    buyers: uint256 = 0
    bills: DynArray[ISharing.Bill, agreement.MAX_OWNERS] = owners._bills()
    for bill: ISharing.Bill in bills:
        if bill.level > 0:
            buyers += 1
    training._release(msg.sender, boxes, buyers)


@external
def close():
    """
    @notice Anybody, once all deliveries and the release are there, or after both delivery windows: payers get back what
            was not delivered, the coordinator its fee and bond. The rule divides the rest.
    @dev An edge that left its last deliveries to the stand-in loses its bond to the owners. Its book's bond pays for
         client-rounds that are missing beyond the tolerance, at their price: to the clients who delivered, because
         to the owners it would be a reason to bring clients that never do.
    @custom:invariant I-2 I-5
    """
    progress: training.Progress = training._progress()
    refusing.unless(self.status == Status.TRAINING and progress.end != 0, Refusals.CLOSE_STILL_TRAINING)
    done: uint256 = progress.done
    pending: bool = done > 0 and not progress.released
    unreleased: bool = pending
    delivered: uint256 = 0
    penalties: uint256 = 0
    for e: uint256 in range(edges.count, bound=agreement.MAX_EDGES):
        edge: edges.EdgeState = edges._state(e)
        unsigned: bool = edge.winners > 0 and edge.up_to_round < done
        pending = pending or unsigned
        delivered += edge.delivered
        penalties += self._penalise(e, edge, done)
        if edge.bonded:
            if edge.winners > 0 and (unsigned or edge.stood_in):
                self.lost_bonds += agreement.terms.edge_bond
            else:
                treasury._owe(edges._operator(e), agreement.terms.edge_bond)
    end: uint256 = training._accepted(progress.end)
    refusing.unless(end <= block.timestamp, Refusals.CLOSE_A_ROUND_MAY_STILL_BE_VETOED)
    refusing.unless(
        end + 2 * agreement.terms.delivery_window <= block.timestamp or not pending,
        Refusals.CLOSE_NOT_ALL_IS_DELIVERED_YET,
    )
    self.status = Status.CLOSED
    if delivered == 0:
        self.lost_bonds += penalties
        penalties = 0
    parts: ISharing.Parts = staticcall SHARING.parts(
        ISharing.Books(
            rounds_done=done,
            round_cost=self._round_cost(),
            matched=self._matched(),
            sponsor_locked=self.sponsor_locked,
            coordinator_fee=agreement.terms.coordinator_fee,
            coordinator_bond=agreement.terms.coordinator_bond,
            released=not unreleased,
            halted=progress.halted,
            vetoed=training.vetoed,
            lost_bonds=self.lost_bonds,
            undelivered=training._undelivered(done),
        ),
        owners._bids(),
        owners._bills(),
        self.curve,
        self._sale(),
    )
    self.lost_bonds = 0
    more: uint256 = parts.clients + penalties
    if delivered > 0:
        self.extra = more // delivered
    for i: uint256 in range(len(parts.owners), bound=agreement.MAX_OWNERS):
        owners._owe(i, parts.owners[i])
    treasury._owe(agreement.terms.coordinator, parts.coordinator)
    treasury._owe(agreement.terms.sponsor, parts.sponsor)
    more -= self.extra * delivered
    treasury._owe(agreement.terms.initiator, parts.initiator + more)
    log Closed(
        owners=parts.owners,
        coordinator=parts.coordinator,
        sponsor=parts.sponsor,
        initiator=parts.initiator + more,
        extra=self.extra,
    )


@internal
def _penalise(e: uint256, edge: edges.EdgeState, done: uint256) -> uint256:
    """
    @notice What an edge's operator loses of the bond of its book, for client-rounds that are missing.
    """
    rounds: uint256 = edge.winners * done
    missing: uint256 = rounds - edge.delivered
    allowed: uint256 = agreement.terms.tolerance * rounds // agreement.ONE
    if missing <= allowed:
        return 0
    penalty: uint256 = min(
        (missing - allowed) * edge.price * agreement.terms.tick, edge.winners * agreement.terms.book_bond
    )
    self.penalties[edges._operator(e)] += penalty
    return penalty


# ------------------------------------------------------------------ payments

@external
def pay_clients(
    edge: uint256,
    rounds: uint256,
    extra_rounds: uint256,
    clients: DynArray[address, MAX_BATCH],
    amounts: DynArray[uint256, MAX_BATCH],
    saved: uint256,
):
    """
    @notice Only the books.
    @custom:invariant E-1
    """
    self._from_the_books()
    refusing.unless(self.status == Status.TRAINING or self.status == Status.CLOSED, Refusals.CLAIM_NOT_FUNDED)
    state: edges.EdgeState = edges._state(edge)
    state.claimed += rounds
    state.extra_rounds += extra_rounds
    refusing.unless(
        max(state.claimed, state.extra_rounds) <= state.delivered, Refusals.CLAIM_MORE_THAN_THE_EDGE_SIGNED_FOR
    )
    edges._set(edge, state)
    treasury._owe(agreement.terms.sponsor, saved)
    log ClientsPaid(edge=edge, rounds=rounds, extra_rounds=extra_rounds, saved=saved)
    for i: uint256 in range(len(clients), bound=MAX_BATCH):
        moved: bool = treasury._pay(clients[i], amounts[i])


@external
def claim_edge_fee(edge: uint256):
    """
    @notice Pay an edge's operator its fee for the client-rounds that were paid to clients at and below it.
    """
    state: edges.EdgeState = edges._state(edge)
    rounds: uint256 = edges._fee_rounds_due(edge) - state.fee_rounds
    fee: uint256 = rounds * edges._terms(edge).fee * agreement.terms.tick
    refusing.unless(fee > 0, Refusals.CLAIM_NOTHING_NEW)
    state.fee_rounds += rounds
    edges._set(edge, state)
    log FeePaid(edge=edge, rounds=rounds)
    moved: bool = treasury._pay(edges._operator(edge), fee)


@external
def withdraw(accounts: DynArray[address, MAX_BATCH]):
    """
    @notice Pay accounts what is theirs; anyone may call. Who has nothing to get, or cannot get it from the token, is
            passed over.
    """
    paid: bool = False
    refused: bool = False
    for account: address in accounts:
        if self.status != Status.OPEN:
            owners._collect(account)
        any: bool = False
        moved: bool = False
        log Withdrawn(account=account)
        any, moved = treasury._withdraw(account, len(accounts) == 1)
        paid = paid or moved
        refused = refused or (any and not moved)
    refusing.unless(paid or not refused, Refusals.PAYMENT_TOKEN_REFUSED)


# ------------------------------------------------------------------ views

@external
@view
def books() -> address:
    """
    @notice Where the offers are.
    """
    return BOOKS


@external
@view
def market() -> (DynArray[uint256, quality.MAX_WORDS], DynArray[uint256, agreement.MAX_GOALS]):
    """
    @notice The quality curve and the goal table, as the factory took them.
    """
    return self.curve, self.goals


@external
@view
def round_cost() -> uint256:
    """
    @notice Base units of a round at the clients' prices.
    """
    return self._round_cost()


@external
@view
def true_cost() -> uint256:
    """
    @notice Base units of a round at what the clients asked.
    """
    return self._true_cost()


@external
@view
def progress() -> training.Progress:
    """
    @notice Where training stands.
    """
    return training._progress()


@external
@view
def owner_count() -> uint256:
    return owners.count


@external
@view
def edge_count() -> uint256:
    return edges.count


@external
@view
def owner(index: uint256) -> (owners.Owner, ISharing.Bill):
    """
    @notice An owner in the order of the bids, and after settlement what it bought.
    """
    return owners._owner(index), empty(ISharing.Bill) if self.status == Status.OPEN else owners._bills()[index]


@external
@view
def edge(index: uint256) -> (agreement.EdgeTerms, edges.EdgeState, bytes32):
    """
    @notice An edge in the order of the terms, and the root of its last deliveries.
    """
    return edges._terms(index), edges._state(index), edges.roots[index]


@external
@view
def sites() -> DynArray[IClearing.Site, agreement.MAX_EDGES]:
    """
    @notice Every edge as the certificate sees it, in the order of the terms.
    """
    result: DynArray[IClearing.Site, agreement.MAX_EDGES] = []
    for e: uint256 in range(edges.count, bound=agreement.MAX_EDGES):
        each: agreement.EdgeTerms = edges._terms(e)
        result.append(
            IClearing.Site(
                operator=each.operator,
                capacity=edges._capacity(e),
                path_fee=edges._path_fee(e),
                ceiling=each.ceiling,
                parent=each.parent,
                first=edges._first(e),
            )
        )
    return result


@external
@view
def delivered_at(edge: uint256) -> IClearing.Delivered:
    """
    @notice What claims at an edge need.
    """
    state: edges.EdgeState = edges._state(edge)
    tick: uint256 = agreement.terms.tick
    full: uint256 = state.up_to_round
    slacks: DynArray[uint256, agreement.MAX_ROUNDS] = []
    if agreement.terms.underwritten:
        full = min(full, self.full_rounds)
        for r: uint256 in range(full, state.up_to_round, bound=agreement.MAX_ROUNDS):
            slacks.append(self.slack[r + 1])
    return IClearing.Delivered(
        operator=edges._operator(edge),
        root=edges.roots[edge],
        up_to_round=state.up_to_round,
        winners=state.winners,
        price=state.price * tick,
        path_fee=edges._path_fee(edge) * tick,
        extra=self.extra,
        tick=tick,
        full_rounds=full,
        slacks=slacks,
    )


# ------------------------------------------------------------------ internal

@internal
@view
def _from_the_books():
    refusing.unless(msg.sender == BOOKS, Refusals.BOOK_ONLY_THE_BOOKS)


@internal
@view
def _in_commit_phase():
    refusing.unless(block.timestamp < agreement.terms.commit_end, Refusals.COMMIT_THE_PHASE_IS_OVER)


@internal
@view
def _in_reveal_phase():
    refusing.unless(
        agreement.terms.commit_end <= block.timestamp and block.timestamp < agreement.terms.reveal_end,
        Refusals.REVEAL_NOT_THE_REVEAL_PHASE,
    )
    self._roles_are_taken()  # what cannot be settled stays sealed


@internal
@view
def _in_settle_phase():
    refusing.unless(self.status == Status.OPEN, Refusals.SETTLE_SETTLED_OR_CANCELLED_ALREADY)
    refusing.unless(
        agreement.terms.reveal_end <= block.timestamp and block.timestamp < agreement.terms.settle_end,
        Refusals.SETTLE_NOT_THE_SETTLE_PHASE,
    )
    self._roles_are_taken()


@internal
@view
def _roles_are_taken():
    refusing.unless(self.coordinator_bonded, Refusals.REVEAL_THE_COORDINATOR_POSTED_NO_BOND)
    refusing.unless(
        self.sponsor_locked == agreement._sponsorship(), Refusals.REVEAL_THE_SPONSOR_LOCKED_NOTHING
    )


@internal
@view
def _round_cost() -> uint256:
    return self.costs & (2**128 - 1)


@internal
@view
def _true_cost() -> uint256:
    return self.costs >> 128


@internal
@view
def _matched() -> uint256:
    """
    @notice The sponsor's part of a round, base units, rounded down; 0 if it underwrites instead.
    """
    return agreement.terms.match * self._round_cost() // agreement.ONE


@internal
@view
def _sale() -> ISharing.Sale:
    return ISharing.Sale(
        rounds=agreement.terms.rounds,
        goals=self.goals,
        round_cost=self._round_cost() - self._matched(),
        true_cost=self._true_cost(),
    )
