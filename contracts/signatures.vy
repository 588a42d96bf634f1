# pragma version 0.4.3
"""
@title EIP-712 signatures over deliveries, by accounts with a key or by contracts
@license Apache-2.0
@notice A signature is bound to one chain, one campaign and one message. The chain is asked when a signature is checked,
        so a signature given before a chain split holds on one side only.
@custom:invariants I-8 only who the terms name can have signed, and only this message
"""

DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
NAME: constant(bytes32) = keccak256("cofund")
VERSION: constant(bytes32) = keccak256("2")
DELIVERIES_TYPE: constant(bytes32) = keccak256("Deliveries(uint256 edge,uint256 round,bytes32 root,uint256[] missing)")
# Half the order of secp256k1: the larger s of the two that verify is refused (malleability).
LARGEST_S: constant(bytes32) = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
MAX_SIGNATURE: constant(uint256) = 1024  # bytes
CONTRACT_SAYS_YES: constant(bytes4) = 0x1626ba7e  # EIP-1271
CONTRACT_GAS: constant(uint256) = 500_000


@internal
@view
def deliveries(edge: uint256, up_to_round: uint256, root: bytes32, missing: DynArray[uint256, 16]) -> bytes32:
    """
    @notice The digest that an edge signs.
    """
    # an array is hashed as its words; abi_encode puts two before them
    packed: Bytes[576] = abi_encode(missing)
    words: bytes32 = keccak256(slice(packed, 64, 32 * len(missing)))
    domain: bytes32 = keccak256(abi_encode(DOMAIN_TYPE, NAME, VERSION, chain.id, self))
    message: bytes32 = keccak256(abi_encode(DELIVERIES_TYPE, edge, up_to_round, root, words))
    return keccak256(concat(x"1901", domain, message))


@internal
@view
def is_by(signer: address, digest: bytes32, signature: Bytes[MAX_SIGNATURE]) -> bool:
    """
    @notice Whether an account signed: by its key (EIP-2098, 64 bytes) or, if it is a contract, by what its
            `isValidSignature` says (EIP-1271).
    """
    if signer == empty(address):
        return False
    if len(signature) == 64:
        r: uint256 = convert(slice(signature, 0, 32), uint256)
        vs: uint256 = convert(slice(signature, 32, 32), uint256)
        s: uint256 = vs & (max_value(uint256) >> 1)
        if s <= convert(LARGEST_S, uint256) and ecrecover(digest, 27 + (vs >> 255), r, s) == signer:
            return True
    if not signer.is_contract:
        return False
    answered: bool = False
    answer: Bytes[32] = b""
    answered, answer = raw_call(
        signer,
        abi_encode(digest, signature, method_id=CONTRACT_SAYS_YES),
        max_outsize=32,
        gas=CONTRACT_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    return answered and len(answer) == 32 and convert(answer, bytes32) == convert(CONTRACT_SAYS_YES, bytes32)
