# pragma version 0.4.3
"""
@title An account that is a contract: whoever asks, it makes calls, several in one transaction
@license Apache-2.0
"""


@external
def run(targets: DynArray[address, 8], calls: DynArray[Bytes[4096], 8]):
    for i: uint256 in range(len(targets), bound=8):
        raw_call(targets[i], calls[i])


approved: HashMap[bytes32, bool]


@external
def approve_digest(digest: bytes32):
    self.approved[digest] = True


@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> bytes4:
    """
    @dev EIP-1271: this account signs what it approved.
    """
    return 0x1626ba7e if self.approved[digest] else 0xffffffff
