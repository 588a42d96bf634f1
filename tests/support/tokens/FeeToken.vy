# pragma version 0.4.3
"""
@title A token that keeps one unit of every transfer
@license Apache-2.0
"""

balanceOf: public(HashMap[address, uint256])


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
    self.balanceOf[receiver] += amount - 1
    return True
