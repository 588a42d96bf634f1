# pragma version 0.4.3
"""
@title EIP-712 signatures over deliveries
@license Apache-2.0
@notice A signature is bound to one chain, one campaign, one edge and one round.
@custom:invariant I-8
"""

DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
NAME: constant(bytes32) = keccak256("cofund")
VERSION: constant(bytes32) = keccak256("1")
DELIVERIES_TYPE: constant(bytes32) = keccak256("Deliveries(uint256 edge,uint256 round,bytes32 root,uint256 total)")
# Half the order of secp256k1: the larger s of the two that verify is refused (malleability).
LARGEST_S: constant(bytes32) = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@internal
@view
def deliveries_signer(
    edge: uint256, up_to_round: uint256, root: bytes32, total: uint256, signature: Bytes[65]
) -> address:
    """
    @notice The account that signed these deliveries for this campaign, or the zero address.
    """
    if len(signature) != 65:
        return empty(address)
    r: uint256 = convert(slice(signature, 0, 32), uint256)
    s: uint256 = convert(slice(signature, 32, 32), uint256)
    v: uint256 = convert(slice(signature, 64, 1), uint256)
    if s > convert(LARGEST_S, uint256) or (v != 27 and v != 28):
        return empty(address)
    domain: bytes32 = keccak256(abi_encode(DOMAIN_TYPE, NAME, VERSION, chain.id, self))
    message: bytes32 = keccak256(abi_encode(DELIVERIES_TYPE, edge, up_to_round, root, total))
    return ecrecover(keccak256(concat(x"1901", domain, message)), v, r, s)
