# pragma version 0.4.3
"""
@title An account that is a contract: whoever asks, it makes calls, several in one transaction
@license Apache-2.0
"""


@external
def run(targets: DynArray[address, 8], calls: DynArray[Bytes[4096], 8]):
    for i: uint256 in range(len(targets), bound=8):
        raw_call(targets[i], calls[i])
