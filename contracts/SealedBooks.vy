# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The offers of one campaign in sealed books: what a site asks never becomes public
@license Apache-2.0
@notice A book is a search tree over an edge's offers, sorted by cost. Settlement shows two leaves of every book, the last
        winner and the first who does not win; nobody opens the rest. Claims show who won, not what it asked.
@dev    Every inner node commits to a separator as well: no cost left of it is higher, none right of it lower, and a path
        counts only if its separators fit its leaf. So any two leaves with valid paths are in order, and under one bound
        at most one number of winners can be shown (docs/mechanism.md, theorem 6.1).
        Only the operator knows its books. Who settles without them calls them absent, and waits: whoever has them may
        then open them whole. When all books of one operator are open the attempt is over, and these can never be called
        absent again. An operator that opens none, or some and not all, loses the bond of all: they are void.
@custom:invariants B-1 a book is final once it is committed
        B-2 B-3 see clearing, paying; none but the winners is paid
        B-4 at most as many attempts fail as there are operators
"""

from interfaces import IClearing

import Refusals
import bitmaps
import clearing
import paying
import refusing
import search_tree
import trees

initializes: refusing
initializes: paying
initializes: clearing[refusing := refusing]
initializes: search_tree[refusing := refusing]


event BookCommitted:
    edge: indexed(uint256)
    operator: indexed(address)
    commitment: bytes32
    clients: uint256


event BookOpened:
    edge: indexed(uint256)
    seed: bytes32
    records: Bytes[RECORDS]


event Attempted:
    settler: indexed(address)
    results: DynArray[IClearing.Result, MAX_EDGES]
    absent: uint256  # one bit for every edge
    until: uint256


event AttemptEnded: pass


event MarketCleared:
    results: DynArray[IClearing.Result, MAX_EDGES]
    absent: uint256
    silent: uint256


event Claimed:
    edge: indexed(uint256)
    chunk: uint256
    chosen: uint256
    delivered: DynArray[uint256, CHUNK]


event BookReturned:  # the bond of it
    edge: indexed(uint256)


struct Boundary:  # where the winners of an edge end
    winners: uint256
    last: search_tree.Leaf  # the last of them; empty if there is none
    next: search_tree.Leaf  # the first who does not win; empty if there is none


struct Attempt:
    digest: bytes32  # of results and absent books
    settler: address
    until: uint256
    absent: uint256


CHUNK: constant(uint256) = search_tree.CHUNK
MAX_DEPTH: constant(uint256) = search_tree.MAX_DEPTH
MAX_CLIENTS: constant(uint256) = 2**MAX_DEPTH
RECORD: constant(uint256) = 26  # bytes: client, cost
RECORDS: constant(uint256) = RECORD * MAX_CLIENTS
MAX_EDGES: constant(uint256) = 64
BOOK: constant(bytes32) = keccak256("cofund sealed book")
LOW_16: constant(uint256) = 2**16 - 1
LOW_48: constant(uint256) = 2**48 - 1
LOW_64: constant(uint256) = 2**64 - 1
OPEN: constant(uint256) = 1 << 16
RETURNED: constant(uint256) = 1 << 17
VOID: constant(uint256) = 1 << 18
DIGEST: constant(uint256) = 32  # above these bits

CAMPAIGN: immutable(IClearing)
COHORT: immutable(uint256)

# by edge: how many clients, whether it is open, its bond was returned, it is void, and above these the first 28 bytes of
# its commitment
words: uint256[MAX_EDGES]
attempt: public(Attempt)
cleared: bool


@deploy
def __init__(refusals: address, cohort: uint256):
    """
    @notice A campaign deploys its own books.
    """
    refusing.__init__(refusals)
    CAMPAIGN = IClearing(msg.sender)
    COHORT = cohort


# ------------------------------------------------------------------ books

@external
def commit_book(edge: uint256, commitment: bytes32, clients: uint256):
    """
    @notice Only the edge's operator, once. Locks a bond for every client.
    """
    refusing.unless(edge < MAX_EDGES and self.words[edge] == 0, Refusals.BOOK_COMMITTED_ALREADY)
    refusing.unless(0 < clients and clients <= MAX_CLIENTS, Refusals.BOOK_SIZE_OUT_OF_RANGE)
    self.words[edge] = self._kept(commitment) | clients
    log BookCommitted(edge=edge, operator=msg.sender, commitment=commitment, clients=clients)
    extcall CAMPAIGN.book_committed(msg.sender, edge, clients)


@external
def open_book(edge: uint256, seed: bytes32, records: Bytes[RECORDS]):
    """
    @notice Show that an edge's book is there, by opening all of it; anybody who has it, while it is called absent.
    @dev The whole tree follows from the seed: salts are H(seed, kind, number), and a separator lies between the highest
         cost on its left and the lowest on its right, where its salt says. Who commits another tree cannot open it, and
         takes that risk.
    """
    refusing.unless((self.attempt.absent >> edge) & 1 == 1, Refusals.BOOK_NOT_CALLED_ABSENT)
    refusing.unless(block.timestamp < self.attempt.until, Refusals.BOOK_CALLED_ABSENT_TOO_LONG_AGO)
    word: uint256 = self.words[edge]
    count: uint256 = word & LOW_16
    refusing.unless(word & OPEN == 0, Refusals.BOOK_OPEN_ALREADY)
    refusing.unless(len(records) == RECORD * count, Refusals.BOOK_WRONG_LENGTH)
    nodes: bytes32[MAX_CLIENTS] = empty(bytes32[MAX_CLIENTS])
    dearest: uint256[MAX_CLIENTS] = empty(uint256[MAX_CLIENTS])  # at and below a node
    cheapest: uint256[MAX_CLIENTS] = empty(uint256[MAX_CLIENTS])
    before: uint256 = 0
    for i: uint256 in range(count, bound=MAX_CLIENTS):
        client: uint256 = convert(slice(records, RECORD * i, 20), uint256)
        cost: uint256 = convert(slice(records, RECORD * i + 20, 6), uint256)
        refusing.unless(before <= cost, Refusals.BOOK_NOT_SORTED)
        before = cost
        nodes[i] = search_tree.leaf(
            search_tree.hidden(client, 96, search_tree.salt(seed, 1, i)),
            search_tree.hidden(cost, search_tree.SALT, search_tree.salt(seed, 2, i)),
        )
        dearest[i] = cost
        cheapest[i] = cost
    width: uint256 = count
    for height: uint256 in range(MAX_DEPTH):
        if width == 1:
            break
        half: uint256 = (width + 1) // 2
        for i: uint256 in range(half, bound=MAX_CLIENTS):
            salt: uint256 = search_tree.salt(seed, 3 + height, i)
            low: uint256 = dearest[2 * i]
            high: uint256 = LOW_48
            right: bytes32 = empty(bytes32)
            if 2 * i + 1 < width:
                right = nodes[2 * i + 1]
                high = cheapest[2 * i + 1]
            separator: uint256 = low + (salt & LOW_64) % (high - low + 1)
            nodes[i] = search_tree.node(
                nodes[2 * i], right, search_tree.hidden(separator, search_tree.SALT, salt), height
            )
            dearest[i] = dearest[2 * i + 1] if 2 * i + 1 < width else low
            cheapest[i] = cheapest[2 * i]
        width = half
    refusing.unless(self._is_root(edge, word, nodes[0]), Refusals.BOOK_NOT_THE_COMMITTED_ONE)
    self.words[edge] = word | OPEN
    log BookOpened(edge=edge, seed=seed, records=records)
    self._end_attempt_if_all_are_open(edge)


@external
def return_bond(edge: uint256):
    """
    @notice Pay an edge's operator the bond of its book, once the market is cleared or the campaign cancelled; anyone may
            call. A void book has none.
    """
    refusing.unless(edge < MAX_EDGES, Refusals.BOND_NOTHING_HELD)
    word: uint256 = self.words[edge]
    refusing.unless(word & LOW_16 > 0 and word & (RETURNED | VOID) == 0, Refusals.BOND_NOTHING_HELD)
    self.words[edge] = word | RETURNED
    log BookReturned(edge=edge)
    site: IClearing.Delivered = staticcall CAMPAIGN.delivered_at(edge)
    extcall CAMPAIGN.book_returned(site.operator, edge, word & LOW_16, self.cleared)


# ------------------------------------------------------------------ settle

@external
def settle(boundaries: DynArray[Boundary, MAX_EDGES], absent: uint256):
    """
    @notice Fix cohort and prices; anyone may call with the right boundaries. If books are called absent this is an
            attempt, which `confirm` ends when its time has passed. An operator's books are all shown or all absent.
    @param boundaries for every edge, in the order of the terms; empty where there is no book or it is absent
    @param absent one bit for every edge
    @custom:invariant B-2 B-4
    """
    sites: DynArray[IClearing.Site, MAX_EDGES] = staticcall CAMPAIGN.sites()
    refusing.unless(len(boundaries) == len(sites), Refusals.SETTLE_ONE_BOUNDARY_PER_EDGE)
    shown: DynArray[clearing.Shown, MAX_EDGES] = []
    missing: uint256 = absent
    # by an operator's first edge: 1 if its books are shown, 2 if they are absent but open, 3 if not all are open
    present: uint256[MAX_EDGES] = empty(uint256[MAX_EDGES])
    for e: uint256 in range(len(sites), bound=MAX_EDGES):
        word: uint256 = self.words[e]
        each: clearing.Shown = clearing.Shown(winners=0, last=0, next=clearing.NOBODY)
        if word == 0:
            refusing.unless(boundaries[e].winners == 0, Refusals.SETTLE_NO_SUCH_WINNER)
        else:
            away: bool = (absent >> e) & 1 == 1
            state: uint256 = present[sites[e].first]
            refusing.unless(state == 0 or (state > 1) == away, Refusals.SETTLE_ABSENT_AT_ONE_EDGE_ONLY)
            present[sites[e].first] = max(state, (2 if word & OPEN != 0 else 3) if away else 1)
            if away:
                refusing.unless(boundaries[e].winners == 0, Refusals.SETTLE_NO_SUCH_WINNER)
                missing ^= 1 << e
            else:
                each = self._shown(e, word, sites[e], boundaries[e])
        shown.append(each)
    refusing.unless(missing == 0, Refusals.SETTLE_NO_SUCH_BOOK)
    refusing.unless(2 not in present, Refusals.SETTLE_AN_OPEN_BOOK_IS_NOT_ABSENT)
    results: DynArray[IClearing.Result, MAX_EDGES] = clearing._results(sites, shown, COHORT)
    if absent == 0:
        self._clear(results, 0, 0)
    else:
        refusing.unless(self.attempt.until == 0, Refusals.SETTLE_ANOTHER_ATTEMPT_IS_OPEN)
        until: uint256 = extcall CAMPAIGN.settlement_attempted(msg.sender)
        self.attempt = Attempt(
            digest=keccak256(abi_encode(results, absent)), settler=msg.sender, until=until, absent=absent
        )
        log Attempted(settler=msg.sender, results=results, absent=absent, until=until)


@external
def confirm(results: DynArray[IClearing.Result, MAX_EDGES], absent: uint256):
    """
    @notice Nobody opened the books that an attempt called absent in time: they are void, and the market is cleared.
    """
    attempt: Attempt = self.attempt
    refusing.unless(
        attempt.until != 0 and attempt.digest == keccak256(abi_encode(results, absent)), Refusals.SETTLE_NO_SUCH_ATTEMPT
    )
    refusing.unless(attempt.until <= block.timestamp, Refusals.SETTLE_THE_BOOKS_MAY_STILL_BE_OPENED)
    silent: uint256 = 0
    for e: uint256 in range(len(results), bound=MAX_EDGES):
        if (absent >> e) & 1 == 1:
            silent += self.words[e] & LOW_16
            self.words[e] |= VOID
    self._clear(results, absent, silent)


@external
def give_up():
    """
    @notice The campaign was cancelled while an attempt was open: its settler gets its stake back.
    """
    refusing.unless(self.attempt.until != 0, Refusals.SETTLE_NO_SUCH_ATTEMPT)
    settler: address = self.attempt.settler
    self.attempt = empty(Attempt)
    log AttemptEnded()
    extcall CAMPAIGN.attempt_given_up(settler)


@internal
def _clear(results: DynArray[IClearing.Result, MAX_EDGES], absent: uint256, silent: uint256):
    if self.attempt.until != 0:
        settler: address = self.attempt.settler
        self.attempt = empty(Attempt)
        extcall CAMPAIGN.stake_returned(settler)
    self.cleared = True
    log MarketCleared(results=results, absent=absent, silent=silent)
    extcall CAMPAIGN.market_cleared(results, 0, silent)


@internal
def _end_attempt_if_all_are_open(edge: uint256):
    """
    @notice All books of an operator that were called absent are there: the settler's stake goes to the operator. While
            one is still sealed nothing is over, or an operator of several could block settlement for ever.
    """
    sites: DynArray[IClearing.Site, MAX_EDGES] = staticcall CAMPAIGN.sites()
    for e: uint256 in range(len(sites), bound=MAX_EDGES):
        if sites[e].first == sites[edge].first and self.words[e] != 0 and self.words[e] & OPEN == 0:
            return
    self.attempt = empty(Attempt)
    log AttemptEnded()
    extcall CAMPAIGN.stake_returned(sites[edge].operator)


@internal
@view
def _shown(edge: uint256, word: uint256, site: IClearing.Site, boundary: Boundary) -> clearing.Shown:
    """
    @notice What a boundary shows of an edge's own clients.
    """
    count: uint256 = word & LOW_16
    winners: uint256 = boundary.winners
    refusing.unless(winners <= count, Refusals.SETTLE_NO_SUCH_WINNER)
    result: clearing.Shown = clearing.Shown(winners=winners, last=0, next=clearing.NOBODY)
    if winners > 0:
        amount: uint256 = self._cost_at(edge, word, winners - 1, boundary.last) + site.path_fee
        refusing.unless(amount <= site.ceiling, Refusals.SETTLE_A_WINNER_ABOVE_THE_CEILING)
        result.last = clearing._key(edge, amount, winners - 1) + 1
    if winners < count:
        amount: uint256 = self._cost_at(edge, word, winners, boundary.next) + site.path_fee
        if amount <= site.ceiling:
            result.next = clearing._key(edge, amount, winners)
    return result


@internal
@view
def _cost_at(edge: uint256, word: uint256, place: uint256, leaf: search_tree.Leaf) -> uint256:
    """
    @notice The cost at a place, if a path to the committed root, with separators that fit, shows it.
    """
    cost: uint256 = 0
    root: bytes32 = empty(bytes32)
    cost, root = search_tree.root_above(leaf, place, word & LOW_16)
    refusing.unless(self._is_root(edge, word, root), Refusals.SETTLE_NOT_IN_THE_BOOK)
    return cost


# ------------------------------------------------------------------ claims

@external
def claim(
    edge: uint256,
    chunk: uint256,
    chosen: uint256,
    clients: DynArray[bytes32, CHUNK],
    leaves: DynArray[bytes32, CHUNK],
    costs: DynArray[bytes32, CHUNK],
    separators: DynArray[bytes32, search_tree.MAX_INNER],
    siblings: DynArray[bytes32, MAX_DEPTH],
    delivered: DynArray[uint256, CHUNK],
    delivered_proof: DynArray[bytes32, trees.MAX_DEPTH],
):
    """
    @notice Pay winners of one chunk what they delivered and were not paid yet; anyone may call.
    @param chosen one bit for every winner to pay, the chunk's first the lowest
    @param clients of those chosen: client << 96 | salt
    @param leaves all leaves of the chunk, those behind the last client left out
    @param costs of those chosen: digest of cost and salt
    @param separators digests, of the nodes within the chunk level by level, then above it
    @param siblings from the chunk to the root
    @param delivered bitmaps of all winners in this chunk
    @custom:invariant B-3
    """
    site: IClearing.Delivered = staticcall CAMPAIGN.delivered_at(edge)
    word: uint256 = self.words[edge]
    refusing.unless(
        site.root != empty(bytes32)
        and trees.above(keccak256(abi_encode(chunk, delivered)), delivered_proof) == site.root,
        Refusals.CLAIM_NOT_IN_THE_SIGNED_DELIVERIES,
    )
    first: uint256 = chunk * CHUNK
    end: uint256 = min(site.winners, first + CHUNK)
    refusing.unless(first < end and end - first == len(delivered), Refusals.CLAIM_ONE_BITMAP_PER_WINNER)
    refusing.unless(chosen >> len(delivered) == 0, Refusals.CLAIM_NOT_IN_THE_COHORT)
    refusing.unless(
        len(clients) == bitmaps.count(chosen) and len(costs) == len(clients), Refusals.CLAIM_NOT_IN_THE_BOOK
    )
    refusing.unless(
        len(leaves) == min(CHUNK, (word & LOW_16) - first)
        and self._is_root(edge, word, search_tree.root_of(chunk, word & LOW_16, leaves, separators, siblings)),
        Refusals.CLAIM_NOT_IN_THE_BOOK,
    )
    accounts: DynArray[address, CHUNK] = []
    amounts: DynArray[uint256, CHUNK] = []
    rounds: uint256 = 0
    extra_rounds: uint256 = 0
    k: uint256 = 0
    for i: uint256 in range(len(delivered), bound=CHUNK):
        if (chosen >> i) & 1 == 0:
            continue
        refusing.unless(delivered[i] >> site.up_to_round == 0, Refusals.CLAIM_A_ROUND_THAT_WAS_NOT_DELIVERED)
        refusing.unless(search_tree.leaf(keccak256(clients[k]), costs[k]) == leaves[i], Refusals.CLAIM_NOT_IN_THE_BOOK)
        new: uint256 = 0
        extra: bool = False
        new, extra = paying._pay(edge, first + i, delivered[i], site.up_to_round, site.extra > 0)
        count: uint256 = bitmaps.count(new)
        pay: uint256 = count * (site.price - site.path_fee)
        rounds += count
        if extra:
            all: uint256 = bitmaps.count(delivered[i])
            pay += all * site.extra
            extra_rounds += all
        if pay > 0:
            accounts.append(convert(convert(clients[k], uint256) >> 96, address))
            amounts.append(pay)
        k += 1
    refusing.unless(rounds > 0 or len(amounts) > 0, Refusals.CLAIM_NOTHING_NEW)
    log Claimed(edge=edge, chunk=chunk, chosen=chosen, delivered=delivered)
    extcall CAMPAIGN.pay_clients(edge, rounds, extra_rounds, accounts, amounts, 0)


# ------------------------------------------------------------------ views, commitments

@external
@view
def book(edge: uint256) -> (uint256, bool, bool, bool):
    """
    @notice An edge's book: how many clients, whether it was opened, its bond returned, it is void.
    """
    word: uint256 = self.words[edge]
    return word & LOW_16, word & OPEN != 0, word & RETURNED != 0, word & VOID != 0


@external
@view
def paid(edge: uint256, place: uint256) -> (uint256, bool):
    """
    @notice Up to which round the edge's client at a place was paid, and whether the extra was.
    """
    return paying._paid(edge, place)


@internal
@view
def _is_root(edge: uint256, word: uint256, root: bytes32) -> bool:
    """
    @notice Whether an edge's book was committed with this root.
    """
    whole: bytes32 = keccak256(abi_encode(BOOK, chain.id, CAMPAIGN.address, edge, word & LOW_16, root))
    return self._kept(whole) == (word >> DIGEST) << DIGEST


@internal
@pure
def _kept(whole: bytes32) -> uint256:
    """
    @notice What a book's word keeps of a commitment.
    """
    return (convert(whole, uint256) >> DIGEST) << DIGEST
