# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The offers of one campaign: a sorted book for every edge operator, opened whole or not at all
@license Apache-2.0
@notice An operator collects its clients' signed offers, sorts those of each of its edges by cost and seals all of
        them as one book. Later the book is opened whole. The winners of an edge are then the first of its section, so
        settlement needs one chunk of it, and so do claims. Clients need no coins, no tokens and no bond.
@dev    A chunk is 64 clients: 20 bytes each, then 6 bytes each of cost in ticks. The contract keeps one root a book and
        a word a section; the records are in the logs. It holds no money: see IClearing.
@custom:invariants B-1 a book is final once it is committed, and opens to one list of records only
        B-2 B-3 see clearing, paying; none but the winners is paid
"""

from interfaces import IClearing

import Refusals
import bitmaps
import clearing
import paying
import refusing
import trees

initializes: refusing
initializes: paying
initializes: clearing[refusing := refusing]


event BookCommitted:
    operator: indexed(address)
    commitment: bytes32
    clients: uint256


event BookOpened:
    operator: indexed(address)
    seed: bytes32
    sections: DynArray[uint256, MAX_EDGES]


event ChunkOpened:  # all chunks of a book follow its BookOpened
    operator: indexed(address)
    records: Bytes[RECORDS]


event MarketCleared:
    results: DynArray[IClearing.Result, MAX_EDGES]
    amounts: uint256  # ticks
    silent: uint256  # clients in books that were never opened


event Claimed:
    edge: indexed(uint256)
    chunk: uint256
    chosen: uint256  # one bit for every client that was paid now
    delivered: DynArray[uint256, CHUNK]  # bitmaps of the chunk's winners


event BookReturned:  # the bond of it
    operator: indexed(address)


struct Boundary:  # where the winners of an edge end
    winners: uint256
    header: uint256  # of the chunk: what the clients before it ask << 64 | the last cost before it
    clients_digest: bytes32
    costs: Bytes[COSTS]
    proof: DynArray[bytes32, MAX_DEPTH]


CHUNK: constant(uint256) = 64
CLIENTS: constant(uint256) = 20 * CHUNK  # bytes
COSTS: constant(uint256) = 6 * CHUNK
RECORDS: constant(uint256) = CLIENTS + COSTS
MAX_CHUNKS: constant(uint256) = 156  # one transaction can open as many, at 64 edges, with a tenth of its gas to spare
MAX_DEPTH: constant(uint256) = trees.MAX_DEPTH
MAX_EDGES: constant(uint256) = 64
BOOK: constant(bytes32) = keccak256("cofund book")
LOW_16: constant(uint256) = 2**16 - 1
LOW_48: constant(uint256) = 2**48 - 1
LOW_64: constant(uint256) = 2**64 - 1
OPEN: constant(uint256) = 1 << 16
RETURNED: constant(uint256) = 1 << 17
SINGLE: constant(uint256) = 1 << 18
SINGLE_EDGE: constant(uint256) = 19  # six bits
DIGEST: constant(uint256) = 32  # above these bits

CAMPAIGN: immutable(IClearing)
COHORT: immutable(uint256)

# by operator: how many clients, whether it is open, whether its bond was returned, whether all clients are at one edge
# and at which, and above these the first 28 bytes of its commitment or, once it is open, of the root over its chunks
words: HashMap[address, uint256]
# of every edge, if the book has several: first position in it, clients, and what all clients before them ask
sections: uint256[MAX_EDGES]


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
    @notice Only the operator of an edge, once: a book that could be replaced could be swapped after its clients saw
            their place in it. Locks a bond for every client.
    @param edge any one of the operator's edges; the book is for all of them
    """
    refusing.unless(self.words[msg.sender] == 0, Refusals.BOOK_COMMITTED_ALREADY)
    refusing.unless(0 < clients and clients <= CHUNK * MAX_CHUNKS, Refusals.BOOK_SIZE_OUT_OF_RANGE)
    self.words[msg.sender] = self._digest(commitment) | clients
    log BookCommitted(operator=msg.sender, commitment=commitment, clients=clients)
    extcall CAMPAIGN.book_committed(msg.sender, edge, clients)


@external
def open_book(operator: address, seed: bytes32, counts: DynArray[uint256, MAX_EDGES]):
    """
    @notice Open an operator's book; anybody who has it.
    @param counts edge << 16 | clients of every section, edges rising
    @dev Behind the arguments follow the chunks. They are read where they lie: an argument would be copied.
    @custom:invariant B-1
    """
    word: uint256 = self.words[operator]
    total: uint256 = word & LOW_16
    refusing.unless(total > 0, Refusals.BOOK_NOT_COMMITTED)
    refusing.unless(word & OPEN == 0, Refusals.BOOK_OPEN_ALREADY)
    chunks: uint256 = (total + CHUNK - 1) // CHUNK
    at: uint256 = 4 + 32 * (4 + len(counts))
    refusing.unless(len(msg.data) == at + chunks * RECORDS, Refusals.BOOK_WRONG_LENGTH)
    log BookOpened(operator=operator, seed=seed, sections=counts)

    nodes: bytes32[MAX_CHUNKS] = empty(bytes32[MAX_CHUNKS])
    seals: DynArray[bytes32, MAX_CHUNKS] = []
    leaves: bytes32[CHUNK] = empty(bytes32[CHUNK])
    before: uint256 = 0  # cost of the one before
    asked: uint256 = 0  # by all before
    section: uint256 = 0
    section_end: uint256 = 0
    edge: uint256 = 0
    for c: uint256 in range(chunks, bound=MAX_CHUNKS):
        records: Bytes[RECORDS] = slice(msg.data, at, RECORDS)
        at = unsafe_add(at, RECORDS)
        nodes[c] = self._node(
            c,
            (asked << 64) | before,
            keccak256(slice(records, 0, CLIENTS)),
            keccak256(slice(records, CLIENTS, COSTS)),
        )
        first: uint256 = unsafe_mul(c, CHUNK)
        size: uint256 = min(CHUNK, unsafe_sub(total, first))
        if size < CHUNK:
            leaves = empty(bytes32[CHUNK])
            refusing.unless(
                self._is_empty(records, 20 * size, CLIENTS) and self._is_empty(records, CLIENTS + 6 * size, RECORDS),
                Refusals.BOOK_WRONG_PADDING,
            )
        for i: uint256 in range(size, bound=CHUNK):
            position: uint256 = unsafe_add(first, i)
            if position == section_end:  # the next edge's clients begin
                refusing.unless(section < len(counts), Refusals.BOOK_WRONG_SECTIONS)
                next: uint256 = counts[section] >> 16
                clients: uint256 = counts[section] & LOW_16
                refusing.unless(
                    clients > 0 and next < MAX_EDGES and (section == 0 or edge < next), Refusals.BOOK_WRONG_SECTIONS
                )
                edge = next
                if len(counts) > 1:
                    self.sections[edge] = position | (clients << 16) | (asked << 32)
                section = unsafe_add(section, 1)
                section_end = unsafe_add(section_end, clients)
                before = 0
            cost: uint256 = convert(extract32(records, unsafe_add(CLIENTS - 26, unsafe_mul(6, i))), uint256) & LOW_48
            refusing.unless(before <= cost, Refusals.BOOK_NOT_SORTED)
            before = cost
            asked = unsafe_add(asked, cost)
            leaves[i] = keccak256(
                abi_encode(
                    ((convert(extract32(records, unsafe_mul(i, 20)), uint256) >> 96) << 48) | cost,
                    keccak256(abi_encode(seed, position)),
                )
            )
        seals.append(keccak256(abi_encode(leaves)))
        log ChunkOpened(operator=operator, records=records)
    refusing.unless(section == len(counts) and section_end == total, Refusals.BOOK_WRONG_SECTIONS)
    commitment: bytes32 = keccak256(
        abi_encode(
            BOOK,
            chain.id,
            CAMPAIGN.address,
            operator,
            keccak256(abi_encode(counts)),
            keccak256(abi_encode(seals)),
        )
    )
    refusing.unless(self._digest(commitment) | total == word, Refusals.BOOK_NOT_THE_COMMITTED_ONE)
    opened: uint256 = self._digest(self._root(nodes, chunks)) | OPEN | total
    self.words[operator] = opened | (0 if len(counts) > 1 else SINGLE | (edge << SINGLE_EDGE))
    extcall CAMPAIGN.book_opened(operator, counts)


@external
def return_bond(operator: address):
    """
    @notice Pay an operator the bond of its book, less what it lost by it, once the campaign is over; anyone may call.
    """
    word: uint256 = self.words[operator]
    refusing.unless(word & LOW_16 > 0 and word & RETURNED == 0, Refusals.BOND_NOTHING_HELD)
    self.words[operator] = word | RETURNED
    log BookReturned(operator=operator)
    extcall CAMPAIGN.book_returned(operator, convert(operator, uint256), word & LOW_16, word & OPEN != 0)


# ------------------------------------------------------------------ settle

@external
def settle(boundaries: DynArray[Boundary, MAX_EDGES]):
    """
    @notice Fix cohort, prices, levels and charges; anyone may call with the right boundaries.
    @param boundaries for every edge, in the order of the terms, where its winners end; empty where no book is open
    @custom:invariant B-2
    """
    sites: DynArray[IClearing.Site, MAX_EDGES] = staticcall CAMPAIGN.sites()
    refusing.unless(len(boundaries) == len(sites), Refusals.SETTLE_ONE_BOUNDARY_PER_EDGE)
    shown: DynArray[clearing.Shown, MAX_EDGES] = []
    amounts: uint256 = 0
    silent: uint256 = 0  # clients in books that were never opened
    for e: uint256 in range(len(sites), bound=MAX_EDGES):
        book: uint256 = self.words[sites[e].operator]
        if book & OPEN == 0 and sites[e].first == e:
            silent += book & LOW_16
        each: clearing.Shown = empty(clearing.Shown)
        asked: uint256 = 0
        each, asked = self._shown(e, book, sites[e], boundaries[e])
        shown.append(each)
        amounts += asked
    results: DynArray[IClearing.Result, MAX_EDGES] = clearing._results(sites, shown, COHORT)
    log MarketCleared(results=results, amounts=amounts, silent=silent)
    extcall CAMPAIGN.market_cleared(results, amounts, silent)


@internal
@view
def _shown(edge: uint256, book: uint256, site: IClearing.Site, boundary: Boundary) -> (clearing.Shown, uint256):
    """
    @notice What a boundary shows of an edge's own clients, and what the winners ask, fees included.
    """
    winners: uint256 = boundary.winners
    section: uint256 = self._section(edge, book)
    count: uint256 = (section >> 16) & LOW_16
    refusing.unless(winners <= count, Refusals.SETTLE_NO_SUCH_WINNER)
    result: clearing.Shown = clearing.Shown(winners=winners, last=0, next=clearing.NOBODY)
    if count == 0:
        return result, 0
    at: uint256 = (section & LOW_16) + winners  # the first who does not win, if there is one
    chunk: uint256 = at // CHUNK if winners < count else (at - 1) // CHUNK
    place: uint256 = at - chunk * CHUNK
    refusing.unless(len(boundary.costs) == COSTS, Refusals.SETTLE_NOT_IN_THE_BOOK)
    node: bytes32 = self._node(chunk, boundary.header, boundary.clients_digest, keccak256(boundary.costs))
    refusing.unless(self._is_in(node, boundary.proof, book), Refusals.SETTLE_NOT_IN_THE_BOOK)
    if winners > 0:
        cost: uint256 = boundary.header & LOW_64 if place == 0 else self._cost(boundary.costs, place - 1)
        refusing.unless(cost + site.path_fee <= site.ceiling, Refusals.SETTLE_A_WINNER_ABOVE_THE_CEILING)
        result.last = clearing._key(edge, cost + site.path_fee, winners - 1) + 1
    if winners < count:
        amount: uint256 = self._cost(boundary.costs, place) + site.path_fee
        if amount <= site.ceiling:
            result.next = clearing._key(edge, amount, winners)
    asked: uint256 = boundary.header >> 64
    for i: uint256 in range(place, bound=CHUNK):
        asked = unsafe_add(asked, self._cost(boundary.costs, i))
    return result, asked - (section >> 32) + winners * site.path_fee


# ------------------------------------------------------------------ claims

@external
def claim(
    edge: uint256,
    chunk: uint256,
    chosen: uint256,
    header: uint256,
    records: Bytes[RECORDS],
    proof: DynArray[bytes32, MAX_DEPTH],
    delivered: DynArray[uint256, CHUNK],
    delivered_proof: DynArray[bytes32, MAX_DEPTH],
):
    """
    @notice Pay winners of one chunk what they delivered and were not paid yet; anyone may call.
    @param chosen one bit for every winner to pay, the chunk's first the lowest
    @param delivered bitmaps of all winners of the edge in this chunk
    @dev Money is moved last, by the campaign, when everything is noted.
    @custom:invariant B-3
    """
    site: IClearing.Delivered = staticcall CAMPAIGN.delivered_at(edge)
    refusing.unless(len(records) == RECORDS, Refusals.CLAIM_NOT_IN_THE_BOOK)
    costs: Bytes[COSTS] = slice(records, CLIENTS, COSTS)
    node: bytes32 = self._node(chunk, header, keccak256(slice(records, 0, CLIENTS)), keccak256(costs))
    book: uint256 = self.words[site.operator]
    refusing.unless(self._is_in(node, proof, book), Refusals.CLAIM_NOT_IN_THE_BOOK)
    refusing.unless(
        site.root != empty(bytes32)
        and trees.above(keccak256(abi_encode(chunk, delivered)), delivered_proof) == site.root,
        Refusals.CLAIM_NOT_IN_THE_SIGNED_DELIVERIES,
    )
    # the edge's winners in this chunk
    start: uint256 = self._section(edge, book) & LOW_16
    first: uint256 = max(start, chunk * CHUNK)
    end: uint256 = min(start + site.winners, (chunk + 1) * CHUNK)
    refusing.unless(first < end and end - first == len(delivered), Refusals.CLAIM_ONE_BITMAP_PER_WINNER)
    refusing.unless(chosen >> len(delivered) == 0, Refusals.CLAIM_NOT_IN_THE_COHORT)

    accounts: DynArray[address, CHUNK] = []
    amounts: DynArray[uint256, CHUNK] = []
    rounds: uint256 = 0
    extra_rounds: uint256 = 0
    saved: uint256 = 0
    for i: uint256 in range(len(delivered), bound=CHUNK):
        if (chosen >> i) & 1 == 0:
            continue
        refusing.unless(delivered[i] >> site.up_to_round == 0, Refusals.CLAIM_A_ROUND_THAT_WAS_NOT_DELIVERED)
        new: uint256 = 0
        extra: bool = False
        new, extra = paying._pay(edge, first + i - start, delivered[i], site.up_to_round, site.extra > 0)
        count: uint256 = bitmaps.count(new)
        at: uint256 = unsafe_sub(unsafe_add(first, i), unsafe_mul(chunk, CHUNK))  # its place in the chunk
        pay: uint256 = count * (site.price - site.path_fee)
        if site.full_rounds < site.up_to_round:
            asked: uint256 = self._cost(costs, at) * site.tick + site.path_fee
            less: uint256 = self._saved(new, site.full_rounds, site.slacks, site.price, asked)
            pay -= less
            saved += less
        rounds += count
        if extra:
            all: uint256 = bitmaps.count(delivered[i])
            pay += all * site.extra
            extra_rounds += all
        if pay > 0:
            accounts.append(convert(convert(extract32(records, unsafe_mul(at, 20)), uint256) >> 96, address))
            amounts.append(pay)
    refusing.unless(rounds > 0 or len(amounts) > 0, Refusals.CLAIM_NOTHING_NEW)
    log Claimed(edge=edge, chunk=chunk, chosen=chosen, delivered=delivered)
    extcall CAMPAIGN.pay_clients(edge, rounds, extra_rounds, accounts, amounts, saved)


@internal
@pure
def _saved(bitmap: uint256, full: uint256, slacks: DynArray[uint256, 256], price: uint256, asked: uint256) -> uint256:
    """
    @notice What an underwritten client gets less than its price: in no round after the full ones more above what it
            asked than the round's slack.
    """
    less: uint256 = 0
    rest: uint256 = bitmap >> full
    for slack: uint256 in slacks:
        if rest & 1 == 1:
            less += price - min(price, asked + slack)
        rest >>= 1
    return less


# ------------------------------------------------------------------ views and trees

@external
@view
def book(operator: address) -> (uint256, bool, bool):
    """
    @notice An operator's book: how many clients, whether it is open, whether its bond was returned.
    """
    word: uint256 = self.words[operator]
    return word & LOW_16, word & OPEN != 0, word & RETURNED != 0


@external
@view
def section(edge: uint256) -> (uint256, uint256):
    """
    @notice Where an edge's clients are in its operator's open book: first position, how many.
    """
    site: IClearing.Delivered = staticcall CAMPAIGN.delivered_at(edge)
    section: uint256 = self._section(edge, self.words[site.operator])
    return section & LOW_16, (section >> 16) & LOW_16


@external
@view
def paid(edge: uint256, place: uint256) -> (uint256, bool):
    """
    @notice Up to which round the edge's client at a place in its section was paid, and whether the extra was.
    """
    return paying._paid(edge, place)


@internal
@view
def _section(edge: uint256, book: uint256) -> uint256:
    """
    @notice An edge's section of its operator's open book. The only one of a book is all of it, and is not kept.
    """
    if book & SINGLE == 0:
        return self.sections[edge]
    return (book & LOW_16) << 16 if (book >> SINGLE_EDGE) & (MAX_EDGES - 1) == edge else 0


@internal
@pure
def _is_empty(records: Bytes[RECORDS], first: uint256, end: uint256) -> bool:
    """
    @notice Whether there is nothing but zeros between two positions.
    """
    at: uint256 = first
    for k: uint256 in range((end - first) // 32, bound=CLIENTS // 32):
        if extract32(records, at) != empty(bytes32):
            return False
        at = unsafe_add(at, 32)
    rest: uint256 = 8 * (32 - (end - at))  # bits before what is left, in the last word
    return convert(extract32(records, end - 32), uint256) << rest == 0


@internal
@pure
def _node(chunk: uint256, header: uint256, clients_digest: bytes32, costs_digest: bytes32) -> bytes32:
    return keccak256(abi_encode(chunk, header, clients_digest, costs_digest))


@internal
@pure
def _cost(costs: Bytes[COSTS], i: uint256) -> uint256:
    """
    @dev A word is read that ends where the cost ends, or for the first five one that begins at the beginning.
    """
    if i < 5:
        return (convert(extract32(costs, 0), uint256) >> unsafe_sub(208, unsafe_mul(48, i))) & LOW_48
    return convert(extract32(costs, unsafe_sub(unsafe_mul(6, i), 26)), uint256) & LOW_48


@internal
@pure
def _root(nodes: bytes32[MAX_CHUNKS], count: uint256) -> bytes32:
    """
    @notice Neighbours are paired level by level; the last one of an odd level moves up as it is.
    """
    level: bytes32[MAX_CHUNKS] = nodes
    width: uint256 = count
    for height: uint256 in range(MAX_DEPTH):
        if width == 1:
            break
        half: uint256 = width // 2
        for i: uint256 in range(half, bound=MAX_CHUNKS):
            level[i] = trees.parent(level[2 * i], level[2 * i + 1])
        if width % 2 == 1:
            level[half] = level[width - 1]
            half += 1
        width = half
    return level[0]


@internal
@pure
def _is_in(node: bytes32, proof: DynArray[bytes32, MAX_DEPTH], book: uint256) -> bool:
    """
    @notice Whether a chunk is in an open book.
    """
    return book & OPEN != 0 and self._digest(trees.above(node, proof)) == (book >> DIGEST) << DIGEST


@internal
@pure
def _digest(whole: bytes32) -> uint256:
    """
    @notice What a book's word keeps of a commitment or a root.
    """
    return (convert(whole, uint256) >> DIGEST) << DIGEST
