# pragma version 0.4.3
"""
@title A token that calls somebody before it moves money
@license Apache-2.0
"""

balanceOf: public(HashMap[address, uint256])
target: address
data: Bytes[4096]
answered: public(uint256)  # calls that succeeded
refused: public(uint256)


@external
def aim(target: address, data: Bytes[4096]):
    self.target = target
    self.data = data


@external
def mint(receivers: DynArray[address, 256], amount: uint256):
    for receiver: address in receivers:
        self.balanceOf[receiver] += amount


@external
def approve(spender: address, amount: uint256) -> bool:
    return True


@external
def transfer(receiver: address, amount: uint256) -> bool:
    self._call()
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[receiver] += amount
    return True


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    self._call()
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount
    return True


@internal
def _call():
    if self.target != empty(address):
        if raw_call(self.target, self.data, revert_on_failure=False):
            self.answered += 1
        else:
            self.refused += 1
