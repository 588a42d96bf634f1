# pragma version 0.4.3
"""
@title A token whose permit is not that of ERC-2612, like Dai: all or nothing, under the usual domain
@license Apache-2.0
"""

DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
PERMIT_TYPE: constant(bytes32) = keccak256(
    "Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)"
)

name: public(constant(String[32])) = "Allowing coin"
symbol: public(constant(String[8])) = "rEUR"
decimals: public(constant(uint8)) = 6
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    return self._domain()


@internal
@view
def _domain() -> bytes32:
    return keccak256(abi_encode(DOMAIN_TYPE, keccak256(name), keccak256("1"), chain.id, self))


@external
def mint(receivers: DynArray[address, 256], amount: uint256):
    for receiver: address in receivers:
        self.balanceOf[receiver] += amount


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    return True


@external
def transfer(receiver: address, amount: uint256) -> bool:
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[receiver] += amount
    return True


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    self.allowance[sender][msg.sender] -= amount
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount
    return True


@external
def permit(
    holder: address, spender: address, nonce: uint256, expiry: uint256, allowed: bool, v: uint8, r: bytes32, s: bytes32
):
    message: bytes32 = keccak256(abi_encode(PERMIT_TYPE, holder, spender, nonce, expiry, allowed))
    digest: bytes32 = keccak256(concat(x"1901", self._domain(), message))
    assert holder == ecrecover(digest, v, r, s), "permit: wrong signature"
    assert nonce == self.nonces[holder], "permit: wrong nonce"
    self.nonces[holder] += 1
    self.allowance[holder][spender] = max_value(uint256) if allowed else 0
