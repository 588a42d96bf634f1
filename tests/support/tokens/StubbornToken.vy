# pragma version 0.4.3
"""
@title A token that refuses to pay some accounts, in one of the ways in which tokens do
@license Apache-2.0
"""

REVERTS: constant(uint256) = 1
SAYS_NO: constant(uint256) = 2
SAYS_TWO: constant(uint256) = 3
SAYS_A_BYTE: constant(uint256) = 4
BURNS_ALL_GAS: constant(uint256) = 5
SAYS_A_LOT: constant(uint256) = 6
MOVES_AND_SAYS_NO: constant(uint256) = 7
SAYS_NOTHING: constant(uint256) = 8
MOVES_AND_SAYS_NOTHING: constant(uint256) = 9
MOVES_HALF_AND_SAYS_NO: constant(uint256) = 10

balanceOf: public(HashMap[address, uint256])
way: HashMap[address, uint256]


@external
def refuse(account: address, way: uint256):
    self.way[account] = way


@external
def mint(receivers: DynArray[address, 256], amount: uint256):
    for receiver: address in receivers:
        self.balanceOf[receiver] += amount


@external
def approve(spender: address, amount: uint256) -> bool:
    return True


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount
    return True


@external
@raw_return
def transfer(receiver: address, amount: uint256) -> Bytes[4096]:
    way: uint256 = max(self.way[receiver], self.way[msg.sender])
    assert way != REVERTS, "blocked"
    if way == SAYS_NO:
        return abi_encode(False)
    if way == SAYS_TWO:
        return abi_encode(convert(2, uint256))
    if way == SAYS_A_BYTE:
        return b"\x01"
    if way == BURNS_ALL_GAS:
        for i: uint256 in range(max_value(uint256)):
            pass
    if way == SAYS_A_LOT:
        words: uint256[128] = empty(uint256[128])
        words[0] = 2
        return abi_encode(words)
    if way == SAYS_NOTHING:
        return b""
    moved: uint256 = amount // 2 if way == MOVES_HALF_AND_SAYS_NO else amount
    self.balanceOf[msg.sender] -= moved
    self.balanceOf[receiver] += moved
    if way == MOVES_AND_SAYS_NOTHING:
        return b""
    return abi_encode(way < MOVES_AND_SAYS_NO)
