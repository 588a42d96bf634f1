# pragma version 0.4.3
"""
@title EIP-712 signatures of edges over deliveries and of clients over sealed offers
@license Apache-2.0
@notice A signature is bound to one chain, one campaign and one message; the types keep roles apart.
@custom:invariant I-8
"""

DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
NAME: constant(bytes32) = keccak256("cofund")
VERSION: constant(bytes32) = keccak256("1")
DELIVERIES_TYPE: constant(bytes32) = keccak256("Deliveries(uint256 edge,uint256 round,bytes32 root,uint256 total)")
OFFER_TYPE: constant(bytes32) = keccak256("Offer(uint256 edge,bytes32 commitment)")
# Half the order of secp256k1: the larger s of the two that verify is refused (malleability).
LARGEST_S: constant(bytes32) = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@internal
@view
def domain() -> bytes32:
    """
    @notice The EIP-712 domain of this campaign on this chain.
    """
    return keccak256(abi_encode(DOMAIN_TYPE, NAME, VERSION, chain.id, self))


@internal
@pure
def deliveries_signer(
    domain: bytes32, edge: uint256, up_to_round: uint256, root: bytes32, total: uint256, r: bytes32, vs: bytes32
) -> address:
    """
    @notice The account that signed these deliveries, or the zero address.
    """
    return self._signer(domain, keccak256(abi_encode(DELIVERIES_TYPE, edge, up_to_round, root, total)), r, vs)


@internal
@pure
def offer_signer(domain: bytes32, edge: uint256, commitment: bytes32, r: bytes32, vs: bytes32) -> address:
    """
    @notice The client that signed this sealed offer for this edge to relay, or the zero address.
    """
    return self._signer(domain, keccak256(abi_encode(OFFER_TYPE, edge, commitment)), r, vs)


@internal
@pure
def _signer(domain: bytes32, message: bytes32, r: bytes32, vs: bytes32) -> address:
    """
    @dev Signatures have the 64 bytes of EIP-2098: the top bit of `vs` is v - 27, the rest is s.
    """
    s: uint256 = convert(vs, uint256) & (max_value(uint256) >> 1)
    if s > convert(LARGEST_S, uint256):
        return empty(address)
    v: uint256 = 27 + (convert(vs, uint256) >> 255)
    return ecrecover(keccak256(concat(x"1901", domain, message)), v, convert(r, uint256), s)
