# pragma version 0.4.3
"""
@title A token whose transfers return nothing, like some of the oldest
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
def transfer(receiver: address, amount: uint256):
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[receiver] += amount


@external
def transferFrom(sender: address, receiver: address, amount: uint256):
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount
