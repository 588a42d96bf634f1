# pragma version 0.4.3
"""
@title How a campaign keeps edges, owners and clients in few storage words
@license Apache-2.0
@notice A word of storage costs as much as everything else that a client's transaction does, so what is read
        and written together lies together. Nothing but this file knows where.
"""

LOW_16: constant(uint256) = 2**16 - 1
LOW_32: constant(uint256) = 2**32 - 1
LOW_64: constant(uint256) = 2**64 - 1
LOW_128: constant(uint256) = 2**128 - 1
LOW_160: constant(uint256) = 2**160 - 1
POSITION: constant(uint256) = LOW_16  # where a client's word keeps its place in commit order
SEAL: constant(uint256) = 32  # above these bits it keeps the seal, until the first payment


struct EdgeTerms:
    operator: address
    capacity: uint256  # clients, below 2**16
    fee: uint256  # ticks per client-round, below 2**48
    admits: bool  # only offers that its operator relays can be opened here


struct EdgeState:
    bound: uint256  # an offer wins iff its key is below; see `settle`
    winners: uint256
    up_to_round: uint256  # of the last signed root
    delivered: uint256  # client-rounds signed for
    claimed: uint256  # client-rounds paid to clients
    fee_rounds: uint256  # client-rounds whose fee was paid
    bonded: bool
    stood_in: bool  # the coordinator signed in the operator's place


struct Owner:
    account: address
    weight: uint256
    opened: bool
    owed: uint256  # base units: the escrow until settlement, then what `withdraw` pays
    bid: uint256  # base units


struct Client:
    position: uint256  # in commit order
    poster: uint256  # who locked the bond: 0 the client, else 1 + the edge that relayed
    opened: bool
    bond_settled: bool
    seal: uint256  # the commitment's upper 224 bits while sealed
    paid_rounds: uint256
    paid: uint256  # base units


# ------------------------------------------------------------------ edges

@internal
@pure
def edge_terms(word: uint256) -> EdgeTerms:
    return EdgeTerms(
        operator=convert(word & LOW_160, address),
        capacity=(word >> 160) & LOW_16,
        fee=(word >> 176) & (2**48 - 1),
        admits=word >> 224 != 0,
    )


@internal
@pure
def edge_terms_word(edge: EdgeTerms) -> uint256:
    return (
        convert(edge.operator, uint256)
        | (edge.capacity << 160)
        | (edge.fee << 176)
        | (convert(edge.admits, uint256) << 224)
    )


@internal
@pure
def edge_state(word: uint256) -> EdgeState:
    return EdgeState(
        bound=word & LOW_64,
        winners=(word >> 64) & LOW_16,
        up_to_round=(word >> 80) & LOW_16,
        delivered=(word >> 96) & LOW_32,
        claimed=(word >> 128) & LOW_32,
        fee_rounds=(word >> 160) & LOW_32,
        bonded=(word >> 192) & 1 != 0,
        stood_in=(word >> 193) & 1 != 0,
    )


@internal
@pure
def edge_state_word(edge: EdgeState) -> uint256:
    return (
        edge.bound
        | (edge.winners << 64)
        | (edge.up_to_round << 80)
        | (edge.delivered << 96)
        | (edge.claimed << 128)
        | (edge.fee_rounds << 160)
        | (convert(edge.bonded, uint256) << 192)
        | (convert(edge.stood_in, uint256) << 193)
    )


# ------------------------------------------------------------------ owners: two words

@internal
@pure
def owner(identity: uint256, money: uint256) -> Owner:
    return Owner(
        account=convert(identity & LOW_160, address),
        weight=(identity >> 160) & LOW_32,
        opened=identity >> 192 != 0,
        owed=money & LOW_128,
        bid=money >> 128,
    )


@internal
@pure
def owner_identity(account: address, weight: uint256, opened: bool) -> uint256:
    return convert(account, uint256) | (weight << 160) | (convert(opened, uint256) << 192)


@internal
@pure
def owner_money(owed: uint256, bid: uint256) -> uint256:
    return owed | (bid << 128)


# ------------------------------------------------------------------ offers and clients

@internal
@pure
def offer(word: uint256) -> (uint256, uint256):
    """
    @notice Amount in ticks, fee included, and edge of an opened offer.
    """
    return word >> 16, max(1, word & LOW_16) - 1


@internal
@pure
def client(word: uint256, opened: bool) -> Client:
    """
    @dev Opening an offer does not touch the client's word; the first payment puts itself where the seal was.
    """
    paid: bool = (word >> 24) & 1 != 0
    return Client(
        position=word & POSITION,
        poster=(word >> 16) & 127,
        opened=opened,
        bond_settled=(word >> 25) & 1 != 0,
        seal=0 if opened else word >> SEAL,
        paid_rounds=(word >> 32) & LOW_16 if paid else 0,
        paid=word >> 48 if paid else 0,
    )


@internal
@pure
def poster(word: uint256) -> uint256:
    return (word >> 16) & 127


@internal
@pure
def sealed_client(position: uint256, poster: uint256, commitment: bytes32) -> uint256:
    """
    @notice The word of a client whose offer is sealed; never 0.
    """
    return position | (poster << 16) | (1 << 23) | ((convert(commitment, uint256) >> SEAL) << SEAL)


@internal
@pure
def with_bond_settled(word: uint256) -> uint256:
    return word | (1 << 25)


@internal
@pure
def paid_client(client: Client) -> uint256:
    return (
        client.position
        | (client.poster << 16)
        | (1 << 23)
        | (1 << 24)
        | (convert(client.bond_settled, uint256) << 25)
        | (client.paid_rounds << 32)
        | (client.paid << 48)
    )
