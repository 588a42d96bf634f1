# pragma version 0.4.3
"""
@title A token that returns false instead of reverting: for debtors, and for everybody once it is frozen
@license Apache-2.0
"""

balanceOf: public(HashMap[address, uint256])
frozen: bool


@external
def freeze(yes: bool):
    self.frozen = yes


@external
def mint(receivers: DynArray[address, 256], amount: uint256):
    for receiver: address in receivers:
        self.balanceOf[receiver] += amount


@external
def approve(spender: address, amount: uint256) -> bool:
    return True


@external
def transfer(receiver: address, amount: uint256) -> bool:
    return self._move(msg.sender, receiver, amount)


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    return self._move(sender, receiver, amount)


@internal
def _move(sender: address, receiver: address, amount: uint256) -> bool:
    if self.frozen or self.balanceOf[sender] < amount:
        return False
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount
    return True
