"""Is the code on a chain the packaged code? Every byte is compared, nothing is masked.

Vyper appends a contract's immutables to its code, those of its modules first. So a factory's code is the packaged code
and six addresses, whose code is compared in turn; a campaign's is the packaged code, its terms, and what follows from
them, and so is that of its books. No call is made to a contract before its code has been compared. The node itself is
believed.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from cofund.chain.artifacts import artifact
from cofund.chain.contract import BLUEPRINTS, HELPERS, Contract, books_address
from cofund.chain.patience import unless_twice
from cofund.chain.terms_abi import head_fields, told_head
from cofund.errors import CheckFailed
from cofund.market.document import PROTOCOL_1

if TYPE_CHECKING:
    from cofund.chain.node import Node

WORD: Final = 32
BLUEPRINT_MARK: Final = bytes.fromhex("fe7100")  # ERC-5202


@dataclass(frozen=True, slots=True)
class VerifiedCode:
    """A campaign whose code was compared.

    Args:
        campaign, factory: the contracts.
        terms: what the campaign's code carries, in the order of the contract's ``Terms``.
        checked: what was compared, in words.
    """

    campaign: Contract
    factory: Contract
    terms: dict[str, Any]
    checked: tuple[str, ...]


def verify_campaign(node: "Node", campaign: str, factory: str) -> VerifiedCode:
    """Compare campaign, factory, blueprint and helpers with the packaged contracts, byte for byte.

    Raises:
        CheckFailed: naming the contract and the first byte that differs.
    """
    return unless_twice(lambda: _verified(node, campaign, factory))


def _verified(node: "Node", campaign: str, factory: str) -> VerifiedCode:
    """One look at all of their code."""
    books = books_address(campaign)
    joined, code, books_code = node.codes([factory, campaign, books])
    if code and not books_code:  # as every campaign of protocol 0.1
        raise CheckFailed(f"Campaign at {campaign}: has no books of its own; {PROTOCOL_1} reads campaigns without them")
    helpers, checked = _verify_factory(node, factory, joined)
    terms = _verify_campaign(campaign, code, helpers)
    kind = _verify_books(campaign, books_code, terms, helpers)
    if not Contract(node, "CampaignFactory", factory).view("is_campaign", campaign):
        raise CheckFailed(f"factory at {factory}: does not know the campaign {campaign}")
    return VerifiedCode(
        campaign=Contract(node, "Campaign", campaign),
        factory=Contract(node, "CampaignFactory", factory),
        terms=terms,
        checked=(
            *checked,
            f"Campaign at {campaign}: {len(code):,} bytes, its terms among them",
            f"{kind} at {books}: {len(books_code):,} bytes, the campaign's own",
            "the factory created the campaign: is_campaign",
        ),
    )


def verify_factory(node: "Node", factory: str) -> tuple[dict[str, str], list[str]]:
    """Compare a factory, its blueprint and its helpers.

    Returns:
        Address of each helper by name, and what was compared.
    """
    return _verify_factory(node, factory, node.code(factory))


def _verify_factory(node: "Node", factory: str, code: bytes) -> tuple[dict[str, str], list[str]]:
    what = f"CampaignFactory at {factory}"
    words = _immutables("CampaignFactory", what, code, len(BLUEPRINTS) + len(HELPERS))
    addresses = [str(to_checksum_address(word[-20:])) for word in words]
    _compare(what, b"".join(words), encode(["address"] * len(addresses), addresses))
    checked = [f"{what}: {len(code):,} bytes"]
    expected = {f"{name} blueprint": _blueprint(name) for name in BLUEPRINTS}
    expected |= {name: _runtime(name) for name in HELPERS}
    places = zip(expected.items(), addresses, node.codes(addresses), strict=True)
    for (name, right), address, found in places:
        _compare(f"{name} at {address}", _there(f"{name} at {address}", found), right)
        checked.append(f"{name} at {address}: {len(right):,} bytes")
    return dict(zip(HELPERS, addresses[len(BLUEPRINTS) :], strict=True)), checked


def _verify_campaign(campaign: str, code: bytes, helpers: dict[str, str]) -> dict[str, Any]:
    """Compare a campaign's code; what its immutables say the terms are."""
    kinds, what = list(head_fields().values()), f"Campaign at {campaign}"
    words = _immutables("Campaign", what, code, 1 + len(kinds) + 3)
    try:
        values = decode(kinds, b"".join(words[1 : 1 + len(kinds)]))
    except DecodingError as error:
        raise CheckFailed(f"{what}: its terms are not what the contract writes ({error})") from error
    terms = told_head(values)
    sharing = helpers["PivotSharing" if terms["underwritten"] else "SerialSharing"]
    terms["sharing"] = sharing
    links = encode(["address"] * 3, [terms["token"], sharing, books_address(campaign)])
    immutables = encode(["address", *kinds], [helpers["Refusals"], *terms.values()]) + links
    _compare(what, code, _runtime("Campaign") + immutables)
    return terms


def _verify_books(campaign: str, code: bytes, terms: dict[str, Any], helpers: dict[str, str]) -> str:
    """Compare the code of a campaign's books; their kind."""
    kind, books = "SealedBooks" if terms["sealed"] else "Books", books_address(campaign)
    immutables = encode(["address", "address", "uint256"], [helpers["Refusals"], campaign, terms["cohort"]])
    what = f"{kind} at {books}"
    _compare(what, _there(what, code), _runtime(kind) + immutables)
    return kind


def _immutables(name: str, what: str, code: bytes, count: int) -> list[bytes]:
    """The words after the packaged code, of which there must be ``count``."""
    runtime = _runtime(name)
    _compare(what, _there(what, code)[: len(runtime)], runtime)
    if len(code) != len(runtime) + count * WORD:
        raise CheckFailed(f"{what}: {len(code):,} bytes of code, expected {len(runtime) + count * WORD:,}")
    return [code[at : at + WORD] for at in range(len(runtime), len(code), WORD)]


def _there(what: str, code: bytes) -> bytes:
    if not code:
        raise CheckFailed(f"{what}: no contract there")
    return code


def _runtime(name: str) -> bytes:
    return bytes.fromhex(artifact(name).runtime.removeprefix("0x"))


def _blueprint(name: str) -> bytes:
    packaged = bytes.fromhex(artifact(name).blueprint.removeprefix("0x"))
    return packaged[packaged.index(BLUEPRINT_MARK) :]


def _compare(what: str, found: bytes, expected: bytes) -> None:
    for at, (byte, right) in enumerate(zip(found, expected, strict=False)):
        if byte != right:
            raise CheckFailed(f"{what}: byte {at:,} is {byte:#04x}, in the packaged contract {right:#04x}")
    if len(found) != len(expected):
        raise CheckFailed(f"{what}: {len(found):,} bytes of code, expected {len(expected):,}")
