"""Client of the campaign's contracts: calldata of each call, and each view a value."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import rlp
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak

from cofund.chain.abi import abi_type, answer, call_data, called_with, creation_data, decoded, functions
from cofund.chain.artifacts import artifact
from cofund.chain.counts import is_possible
from cofund.chain.patience import LOOKS, looked_again
from cofund.chain.sending import Transaction
from cofund.chain.signed import opened
from cofund.chain.terms_abi import edges_of, goal_words, head_of, quality_words
from cofund.errors import InputError, NodeError, Reverted
from cofund.market.offer_book import OfferBook
from cofund.market.sealing import Opening

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from cofund.chain.journal import Mined
    from cofund.chain.node import Node
    from cofund.market.terms import Terms

View = tuple[Any, ...]
"""A view's name and what it is called with."""
MAX_STORE: Final = 256
"""Bytes that the URL of a campaign's store may have."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One deployed contract on a node."""

    node: "Node"
    name: str
    address: str
    block: int | str = "latest"
    """Whose state views read."""

    def encode(self, function: str, *arguments: Any) -> str:
        """Calldata, hex."""
        return call_data(self.name, function, *arguments)

    def send(self, account: "LocalAccount", note: str, function: str, *arguments: Any) -> "Mined":
        """Send a transaction that calls ``function``."""
        return self.node.send(account, self.address, self.encode(function, *arguments), note)

    def view(self, name: str, *arguments: Any) -> Any:
        """Decoded result of a view; a single value comes without its tuple."""
        return self.views([(name, *arguments)])[0]

    def views(self, wanted: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Results of several views, each a name and arguments, which are asked together.

        Raises:
            Reverted: the contract refuses one of them.
        """
        found = self.found(wanted)
        for each in found:
            if isinstance(each, Reverted):
                raise each
        return found

    def found(self, wanted: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The same, with a ``Reverted`` in the place of what the contract refuses."""
        asked, values = [call_data(self.name, *each) for each in wanted], list[Any]([None] * len(wanted))

        def read() -> list[int]:
            missing = [at for at, value in enumerate(values) if value is None]
            answers = self.node.calls(self.address, [asked[at] for at in missing], self.block)
            for at, told in zip(missing, answers, strict=True):
                values[at] = told if isinstance(told, Reverted) else self._decoded(wanted[at], told)
            return [at for at in missing if values[at] is None]

        strange = looked_again(read, lambda missing: not missing, at_once=LOOKS)
        if strange:
            raise NodeError(f"{self.address}: answers {wanted[strange[0]][0]} as no {self.name} does")
        return values

    def _decoded(self, view: tuple[Any, ...], data: bytes) -> Any:
        """What a view answers; None if no contract of this kind does: a backend that lags does not know it yet."""
        with suppress(NodeError):
            found = answer(self.name, view[0], len(view) - 1, data)
            return found if is_possible(view[0], found) else None
        return None


def deploy(node: "Node", account: "LocalAccount", name: str, *arguments: Any) -> Contract:
    """Create a contract from its packaged artifact."""
    mined = node.send(account, None, creation_data(name, *arguments), f"deploy {name}")
    return Contract(node, name, node.created(mined))


BLUEPRINTS: Final = ("Campaign", "Books", "SealedBooks")
"""What a factory and its campaigns create contracts of, in the order in which the factory takes them."""
HELPERS: Final = ("Refusals", "SerialSharing", "PivotSharing")
"""Stateless contracts that every campaign of a factory calls, which the factory takes after the blueprints."""


def deploy_factory(node: "Node", account: "LocalAccount", *, together: bool = False) -> Contract:
    """Create the blueprints (ERC-5202), the stateless helpers, and the factory that joins them.

    Args:
        node: where to.
        account: signs and pays.
        together: send the parts side by side, possibly into one block; a record wants a block for each.
    """
    parts = [(f"{name} blueprint", artifact(name).blueprint) for name in BLUEPRINTS]
    parts += [(name, artifact(name).bytecode) for name in HELPERS]
    wanted = [Transaction(account, None, code, f"deploy {name}") for name, code in parts]
    mined = node.send_all(wanted) if together else [node.send_all([one])[0] for one in wanted]
    return deploy(node, account, "CampaignFactory", *map(node.created, mined))


def create_campaign(factory: Contract, initiator: "LocalAccount", terms: "Terms", store: str = "") -> Contract:
    """Create a campaign through the factory; ``store`` is announced as the place of its public artifacts.

    Returns:
        The campaign's contract.
    """
    mined = factory.send(initiator, "create campaign", "create", *creation_arguments(terms, store))
    created = decoded(factory.name, factory.node.logs(mined.hash, factory.address))
    if len(created) != 1:
        raise NodeError("create campaign: the factory logged no new campaign")
    return Contract(factory.node, "Campaign", created[0].arguments["campaign"])


def creation_arguments(terms: "Terms", store: str = "") -> tuple[Any, ...]:
    """Arguments of the factory's ``create``: ceiling and edge fees in ticks, quality eight rounds to a word.

    Raises:
        InputError: if ``store`` is longer than the contract takes.
    """
    if len(store.encode()) > MAX_STORE:
        raise InputError("store", "", f"expected a URL of at most {MAX_STORE} bytes")
    head = tuple(head_of(terms).values())
    words = edges_of(terms), quality_words(terms.quality), goal_words(terms)
    return head, *words, list(terms.weights), store


def created_with(arguments: Sequence[Any]) -> bytes:
    """The hash by which a factory knows the campaign that it created with these arguments."""
    (create,) = [entry for entry in artifact("CampaignFactory").abi if entry.get("name") == "create"]
    return keccak(encode([abi_type(each) for each in create["inputs"]], arguments))


def opening_arguments(openings: Sequence[Opening]) -> list[tuple[str, int, bytes]]:
    """Openings as the contract takes them."""
    return [(opening.sender, opening.amount, opening.salt) for opening in openings]


def books_address(campaign: str) -> str:
    """Where a campaign's books are: they are the first contract that it created."""
    return str(to_checksum_address(keccak(rlp.encode([bytes.fromhex(campaign[2:]), 1]))[-20:]))


def books_of(campaign: Contract, *, sealed: bool = False) -> Contract:
    """The books of a campaign, read at the same block."""
    name = "SealedBooks" if sealed else "Books"
    return Contract(campaign.node, name, books_address(campaign.address), campaign.block)


def contracts_of(campaign: str, *, sealed: bool = False) -> dict[str, str]:
    """Names of a campaign's contract and of its books, by address."""
    return {campaign: "Campaign", books_address(campaign): "SealedBooks" if sealed else "Books"}


def both_views(campaign: Contract, wanted: Sequence[View], *, sealed: bool = False) -> list[Any]:
    """Results of views of a campaign and of its books, which are told apart by their names.

    Raises:
        Reverted: a contract refuses one of them.
    """
    own = {entry["name"] for entry in functions("Campaign").values()}
    asked = [view for view in wanted if view[0] in own], [view for view in wanted if view[0] not in own]
    found = [
        iter(contract.views(part) if part else [])
        for contract, part in zip((campaign, books_of(campaign, sealed=sealed)), asked, strict=True)
    ]
    return [next(found[view[0] not in own]) for view in wanted]


def opening_data(book: OfferBook) -> str:
    """Calldata that opens a book, hex: its records follow the arguments."""
    return call_data("Books", "open_book", book.operator, book.seed, list(book.counts)) + book.records.hex()


def opened_records(data: bytes, counts: Sequence[int]) -> bytes:
    """The records in calldata that opens a book.

    Args:
        data: of the call.
        counts: edge << 16 | clients of every section, as the arguments say.
    """
    return data[4 + 32 * (4 + len(counts)) :]


def claim_arguments(
    book: OfferBook, edge: int, chunk: int, chosen: int, bitmaps: Sequence[int], proof: Sequence[bytes]
) -> tuple[Any, ...]:
    """Arguments of a claim for winners of one chunk of an open book.

    Args:
        book: of the edge's operator.
        edge: whose winners are paid.
        chunk: of the book.
        chosen: one bit for every winner to pay, the chunk's first the lowest.
        bitmaps: rounds delivered by all winners of the edge in this chunk.
        proof: from them to the root that was signed.
    """
    records, path = b"".join(book.chunks[chunk]), list(book.proof(chunk))
    return edge, chunk, chosen, book.header(chunk), records, path, list(bitmaps), list(proof)


@dataclass(frozen=True, slots=True)
class DecodedCall:
    """A call of a contract, read back from a signed transaction.

    Args:
        sender: account that signed.
        to: contract.
        function: its name.
        arguments: by name.
    """

    sender: str
    to: str
    function: str
    arguments: dict[str, Any]


def decode_calls(raw_transactions: Sequence[str], contracts: dict[str, str]) -> list[DecodedCall | None]:
    """What each signed transaction calls; None for contract creations and unknown contracts.

    Args:
        raw_transactions: signed transactions, hex.
        contracts: contract name by address.
    """
    calls: list[DecodedCall | None] = []
    for signed in map(opened, raw_transactions):
        name = contracts.get(signed.to)
        calls.append(None if name is None else DecodedCall(signed.sender, signed.to, *called_with(name, signed.data)))
    return calls


def creation_code(raw: str) -> str:
    """Creation code in a signed transaction that creates a contract, hex; empty for a call."""
    signed = opened(raw)
    return "" if signed.to else to_hex(signed.data)
