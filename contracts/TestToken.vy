# pragma version 0.4.3
"""
@title An ERC-20 token for rehearsals, with 6 decimals unless set otherwise, and permits (ERC-2612)
@license Apache-2.0
@notice Anyone mints any amount. It stands for money where none is at stake.
"""

from ethereum.ercs import IERC20

implements: IERC20

DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
PERMIT_TYPE: constant(bytes32) = keccak256(
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)


event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    value: uint256


event Approval:
    owner: indexed(address)
    spender: indexed(address)
    value: uint256


MAX_BATCH: constant(uint256) = 256

name: public(constant(String[32])) = "cofund rehearsal euro"
symbol: public(constant(String[8])) = "rEUR"
decimals: public(uint8)

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])


@deploy
def __init__():
    self.decimals = 6


@external
def set_decimals(decimals: uint8):
    """
    @notice Let a rehearsal write its amounts with other digits after the point, before anybody has any.
    """
    assert self.totalSupply == 0, "token: amounts are written already"
    self.decimals = decimals


@external
def mint(receivers: DynArray[address, MAX_BATCH], amount: uint256):
    """
    @notice Give every receiver `amount` base units out of nothing.
    """
    for receiver: address in receivers:
        self.balanceOf[receiver] += amount
        self.totalSupply += amount
        log Transfer(sender=empty(address), receiver=receiver, value=amount)


@external
def transfer(_to: address, _value: uint256) -> bool:
    self._move(msg.sender, _to, _value)
    return True


@external
def transferFrom(_from: address, _to: address, _value: uint256) -> bool:
    self.allowance[_from][msg.sender] -= _value
    self._move(_from, _to, _value)
    return True


@external
def approve(_spender: address, _value: uint256) -> bool:
    self.allowance[msg.sender][_spender] = _value
    log Approval(owner=msg.sender, spender=_spender, value=_value)
    return True


@external
def permit(
    _owner: address, _spender: address, _value: uint256, _deadline: uint256, _v: uint8, _r: bytes32, _s: bytes32
):
    """
    @notice Approve by signature, so that the owner needs no transaction of its own.
    """
    assert block.timestamp <= _deadline, "permit: expired"
    message: bytes32 = keccak256(abi_encode(PERMIT_TYPE, _owner, _spender, _value, self.nonces[_owner], _deadline))
    digest: bytes32 = keccak256(concat(x"1901", self._domain(), message))
    signer: address = ecrecover(digest, _v, _r, _s)
    assert signer != empty(address) and signer == _owner, "permit: wrong signature"
    self.nonces[_owner] += 1
    self.allowance[_owner][_spender] = _value
    log Approval(owner=_owner, spender=_spender, value=_value)


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    return self._domain()


@internal
@view
def _domain() -> bytes32:
    return keccak256(abi_encode(DOMAIN_TYPE, keccak256(name), keccak256("1"), chain.id, self))


@internal
def _move(sender: address, receiver: address, amount: uint256):
    assert receiver != empty(address), "transfer: to the zero address"
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount
    log Transfer(sender=sender, receiver=receiver, value=amount)
