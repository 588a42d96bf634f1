# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title One crowdfunded federated-learning campaign
@license Apache-2.0
@notice Owners seal bids, edges seal the books of their clients' offers and sign what was delivered. Anyone may settle,
        halt, cancel, close and push payments; money only ever goes to the account it belongs to. There is no admin key.
@dev    The campaign is made of the parts below, each with its state and its rules; its offers are in books of their own
        (Books). This file has the calls, and says which parts a call goes to.
        Amounts are base units of the token; costs, fees and ceilings of client-rounds are ticks.
@custom:invariant I-1 I-2 I-6 I-7
"""

import Books
import Refusals
import agreement
import claims
import closing
import edges
import owners
import phases
import quality
import refusing
import sale
import settlement
import signatures
import training
import treasury
from interfaces import IClearing
from interfaces import ISharing

implements: IClearing

initializes: refusing
initializes: agreement
initializes: phases[agreement := agreement, refusing := refusing]
initializes: treasury[refusing := refusing]
initializes: edges[agreement := agreement, refusing := refusing]
initializes: owners[agreement := agreement, refusing := refusing, treasury := treasury]
initializes: training[agreement := agreement, edges := edges, refusing := refusing]
initializes: sale[agreement := agreement]
initializes: settlement[
    agreement := agreement, edges := edges, owners := owners, phases := phases, sale := sale,
    training := training, treasury := treasury,
]
initializes: closing[
    agreement := agreement, edges := edges, owners := owners, phases := phases, refusing := refusing, sale := sale,
    settlement := settlement, training := training, treasury := treasury,
]
initializes: claims[
    agreement := agreement, closing := closing, edges := edges, owners := owners, phases := phases,
    refusing := refusing, sale := sale, treasury := treasury,
]

exports: (
    agreement.terms,
    closing.extra,
    phases.coordinator_bonded,
    phases.sponsor_locked,
    phases.status,
    settlement.lost_bonds,
    treasury.credit,
    treasury.deposited,
    treasury.paid_out,
    training.model_digest,
    training.recorded_at,
)

# ------------------------------------------------------------------ events, state

event CoordinatorBonded: pass


event SponsorLocked:
    amount: uint256


event Withdrawn:
    account: indexed(address)


MAX_BATCH: constant(uint256) = 64

BOOKS: immutable(address)


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
    training.__init__()
    phases.__init__()
    sale.__init__(public_terms.sharing, curve, goals)
    BOOKS = create_from_blueprint(books, refusals, public_terms.cohort, code_offset=3)


# ------------------------------------------------------------------ commit

@external
def post_coordinator_bond():
    """
    @notice Only the coordinator. Without it nothing is opened and the campaign ends in `cancel`.
    """
    phases._in_commit_phase()
    refusing.unless(msg.sender == agreement.terms.coordinator, Refusals.BOND_NOT_THE_COORDINATOR)
    refusing.unless(not phases.coordinator_bonded, Refusals.BOND_POSTED_ALREADY)
    phases.coordinator_bonded = True
    log CoordinatorBonded()
    treasury._take(msg.sender, agreement.terms.coordinator_bond)


@external
def post_edge_bond(edge: uint256):
    """
    @notice Only the edge's operator. Without it the edge serves nobody, unless the terms ask for no bond.
    """
    phases._in_commit_phase()
    edges._bond(edge, msg.sender)
    treasury._take(msg.sender, agreement.terms.edge_bond)


@external
def lock_sponsorship():
    """
    @notice Only the sponsor, the most that its promise can come to. Without it the campaign ends in `cancel`.
    """
    phases._in_commit_phase()
    refusing.unless(msg.sender == agreement.terms.sponsor, Refusals.SPONSOR_NOT_THE_SPONSOR)
    refusing.unless(phases.sponsor_locked == 0, Refusals.SPONSOR_LOCKED_ALREADY)
    phases.sponsor_locked = agreement._sponsorship()
    log SponsorLocked(amount=phases.sponsor_locked)
    treasury._take(msg.sender, phases.sponsor_locked)


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
    phases._in_commit_phase()
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
    phases._in_commit_phase()
    refusing.unless(operator == edges._operator(edge), Refusals.BOOK_NOT_THE_EDGES_OPERATOR)
    treasury._take(operator, clients * agreement.terms.book_bond)


# ------------------------------------------------------------------ reveal

@external
def reveal_bids(openings: DynArray[owners.Opening, MAX_BATCH]):
    """
    @notice Anybody who has the openings, once the coordinator's bond and the sponsor's money are there.
    """
    phases._in_reveal_phase()
    owners._reveal(openings)


@external
def book_opened(operator: address, sections: DynArray[uint256, agreement.MAX_EDGES]):
    """
    @notice Only the books.
    """
    self._from_the_books()
    phases._in_reveal_phase()
    for section: uint256 in sections:
        refusing.unless(edges._operator(section >> 16) == operator, Refusals.BOOK_NOT_THE_EDGES_OPERATOR)


@external
def book_returned(operator: address, book: uint256, clients: uint256, opened: bool):
    """
    @notice Only the books.
    """
    self._from_the_books()
    cancelled: bool = phases.status == phases.Status.CANCELLED
    refusing.unless(opened or cancelled, Refusals.BOND_NOTHING_HELD)
    over: bool = cancelled or phases.status == phases.Status.UNFUNDED or phases.status == phases.Status.CLOSED
    refusing.unless(over, Refusals.BOND_MAY_STILL_BE_LOST)
    moved: bool = treasury._pay(operator, clients * agreement.terms.book_bond - closing.penalties[book])


# ------------------------------------------------------------------ settle

@external
def market_cleared(results: DynArray[IClearing.Result, agreement.MAX_EDGES], amounts: uint256, silent: uint256):
    """
    @notice Only the books, for whoever settles: the cohort and its prices are proved, now the owners are charged.
    @custom:invariant I-4
    """
    self._from_the_books()
    phases._in_settle_phase()
    settlement._clear(results, amounts, silent)


@external
def cancel():
    """
    @notice If nobody settled in time, anybody gives everything back, bonds included.
    @custom:invariant I-6
    """
    phases._may_cancel()
    settlement._cancel()


@external
def settlement_attempted(settler: address) -> uint256:
    """
    @notice Only the books.
    """
    self._from_the_books()
    phases._in_settle_phase()
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
    refusing.unless(phases.status == phases.Status.CANCELLED, Refusals.SETTLE_NO_SUCH_ATTEMPT)
    treasury._owe(settler, agreement.terms.stake)


# ------------------------------------------------------------------ training

@external
def record_round(number: uint256, model_digest: bytes32, updates_root: bytes32, metric: int256):
    """
    @notice Only the coordinator, within the round's time limit.
    @param metric what it says that the model scores, parts of 10**9; decides nothing; the least int256 for none
    """
    refusing.unless(phases.status == phases.Status.TRAINING, Refusals.RECORD_NOT_TRAINING)
    training._record(msg.sender, number, model_digest, updates_root, metric)
    if agreement.terms.underwritten:
        claims._note_slack(number)


@external
def veto(number: uint256):
    """
    @notice Any owner, once per round, within the round's veto window. Inside the goal it pays for the rounds done what
            they are worth by its bid.
    """
    refusing.unless(phases.status == phases.Status.TRAINING, Refusals.VETO_NOT_TRAINING)
    index: uint256 = owners.number[msg.sender]
    refusing.unless(index > 0, Refusals.VETO_NOT_AN_OWNER)
    training._veto(number, msg.sender, index - 1, owners._bills())


@external
def halt():
    """
    @notice Anybody, once a round's time limit has passed: the campaign ends at the last recorded round.
    @custom:invariant I-6
    """
    refusing.unless(phases.status == phases.Status.TRAINING, Refusals.HALT_NOT_TRAINING)
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
    refusing.unless(phases.status == phases.Status.TRAINING, Refusals.DELIVERIES_NOT_TRAINING)
    training._post(edge, up_to_round, root, missing, signature)


@external
def release_models(boxes: DynArray[bytes32, agreement.MAX_OWNERS]):
    """
    @notice Only the coordinator, once the last round is accepted; without it it earns nothing.
    @param boxes digests of the sealed models of all owners that bought rounds, in the order of the bids
    """
    refusing.unless(phases.status == phases.Status.TRAINING, Refusals.RELEASE_STILL_TRAINING)
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
            was not delivered, the coordinator its fee and bond.
    @custom:invariant I-2 I-5
    """
    closing._close()


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
    claims._pay_clients(edge, rounds, extra_rounds, clients, amounts, saved)


@external
def claim_edge_fee(edge: uint256):
    """
    @notice Pay an edge's operator its fee for the client-rounds that were paid to clients at and below it.
    """
    claims._pay_fee(edge)


@external
def withdraw(accounts: DynArray[address, MAX_BATCH]):
    """
    @notice Pay accounts what is theirs; anyone may call. Who has nothing to get, or cannot get it from the token, is
            passed over.
    """
    paid: bool = False
    refused: bool = False
    for account: address in accounts:
        if phases.status != phases.Status.OPEN:
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
    return sale.curve, sale.goals


@external
@view
def round_cost() -> uint256:
    """
    @notice Base units of a round at the clients' prices.
    """
    return sale._round_cost()


@external
@view
def true_cost() -> uint256:
    """
    @notice Base units of a round at what the clients asked.
    """
    return sale._true_cost()


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
    return owners._owner(index), empty(ISharing.Bill) if phases.status == phases.Status.OPEN else owners._bills()[index]


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
    return edges._sites()


@external
@view
def delivered_at(edge: uint256) -> IClearing.Delivered:
    """
    @notice What claims at an edge need.
    """
    return claims._delivered_at(edge)


@internal
@view
def _from_the_books():
    refusing.unless(msg.sender == BOOKS, Refusals.BOOK_ONLY_THE_BOOKS)
