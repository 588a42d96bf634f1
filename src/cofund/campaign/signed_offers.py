"""What a client signs: that it trains at an edge for a cost a round. A file each, EIP-712, for its edge to list.

It is binding for nobody: the client can stay away, and is then not paid. It proves what the client agreed to, so an
edge that lists somebody else, or another cost, has nothing to show.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.chain.accounts import MAX_SIGNATURE, ContractAsked, is_by, offer_message, sign
from cofund.errors import CheckFailed, CofundError, InputError, in_a_line
from cofund.market.document import Field, parsed_document
from cofund.market.hex_fields import address, below, hexadecimal
from cofund.market.offer_book import COST_BYTES, ListedOffer
from cofund.market.terms import MAX_EDGES, Terms
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage
    from eth_account.signers.local import LocalAccount

SCHEMA: Final = "cofund.signed-offer/2"
LONGEST: Final = 10_000
"""Bytes of a file with an offer; it has a few hundred, and more if a contract signed."""


@dataclass(frozen=True, slots=True)
class SignedOffer:
    """An offer with its client's signature.

    Args:
        chain_id, campaign: where it holds.
        edge: index of the edge where the client trains.
        client: its account.
        cost: ticks per client-round.
        signature: EIP-2098, or what the client's contract takes (EIP-1271).
    """

    chain_id: int
    campaign: str
    edge: int
    client: str
    cost: int
    signature: bytes

    @property
    def listed(self) -> ListedOffer:
        """As it stands in a book."""
        return ListedOffer(self.client, self.cost)

    @property
    def message(self) -> "SignableMessage":
        """What was signed."""
        return offer_message(self.chain_id, self.campaign, self.edge, self.client, self.cost)

    def same_terms(self, other: "SignedOffer") -> bool:
        """Whether another offer says the same, whatever its signature."""
        return (self.edge, self.client, self.cost) == (other.edge, other.client, other.cost)

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {
            "schema": SCHEMA,
            "chain_id": self.chain_id,
            "campaign": self.campaign,
            "edge": self.edge,
            "client": self.client,
            "cost": str(self.cost),
            "signature": self.signature.hex(),
        }


def sign_offer(account: "LocalAccount", chain_id: int, campaign: str, edge: int, cost: int) -> SignedOffer:
    """An account's offer."""
    message = offer_message(chain_id, campaign, edge, account.address, cost)
    return SignedOffer(chain_id, campaign, edge, account.address, cost, b"".join(sign(account, message)))


def offer_text(offer: SignedOffer) -> str:
    """The file that a client hands to its edge."""
    return json.dumps(offer.to_json(), indent=1) + "\n"


def write_offer(offer: SignedOffer, path: Path) -> Path:
    """Write it so that nobody else reads what the client asks."""
    return write_whole(path, offer_text(offer).encode(), private=True)


def load_offer(path: Path) -> SignedOffer:
    """Read a client's file; whether it holds is another question.

    Raises:
        InputError: naming file and field, if it is none.
    """
    return parse_offer(str(path), short_content(path, LONGEST))


def short_content(path: Path, longest: int) -> bytes:
    """What is in a file that somebody else may have put there, up to a byte more than it may have.

    Raises:
        InputError: it is no file, or cannot be read.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for for ever
            raise InputError(str(path), "", f"expected a file of at most {longest:,} bytes")
        with path.open("rb") as file:
            return file.read(longest + 1)
    except OSError as error:
        raise InputError(str(path), "", f"cannot be read: {error.strerror or error}") from error


def parse_offer(where: str, content: bytes) -> SignedOffer:
    """An offer in a document that is at hand.

    Raises:
        InputError: naming ``where`` and field, if it is none.
    """
    if len(content) > LONGEST:
        raise InputError(where, "", f"expected at most {LONGEST:,} bytes")
    return offer_in(parsed_document(where, content, SCHEMA))


def offer_in(root: Field) -> SignedOffer:
    """An offer in a document.

    Raises:
        InputError: naming the field.
    """
    fields = root.members(("schema", "chain_id", "campaign", "edge", "client", "cost", "signature"))
    signature = hexadecimal(fields["signature"], None)
    if len(signature) > MAX_SIGNATURE:
        raise fields["signature"].refuse(f"at most {MAX_SIGNATURE} bytes")
    return SignedOffer(
        below(fields["chain_id"], fields["chain_id"].integer(), 2**256),
        address(fields["campaign"]),
        below(fields["edge"], fields["edge"].integer(), MAX_EDGES),
        address(fields["client"]),
        below(fields["cost"], fields["cost"].amount(), 2 ** (8 * COST_BYTES)),
        signature,
    )


@dataclass(frozen=True)
class Listing:
    """What an operator lists: offers to its edges, up to their ceilings, of whom it admits.

    Args:
        chain_id, campaign: which.
        terms: of the campaign.
        operator: of the edges.
        admitted: accounts that may be listed; None for all. Each costs the operator a bond.
        asked: asks clients that are contracts; None to list accounts with keys only.
    """

    chain_id: int
    campaign: str
    terms: Terms
    operator: str
    admitted: Collection[str] | None = None
    asked: ContractAsked | None = None

    def require(self, offer: SignedOffer, where: str) -> None:
        """Refuse an offer that must not, or need not, be listed.

        Raises:
            InputError: it is for another campaign or edge, above the ceiling, or of somebody who is not admitted.
            CheckFailed: the signature is not the client's.
        """
        here = self.chain_id, self.campaign
        if (offer.chain_id, offer.campaign) != here:
            there = f"expected an offer in {self.campaign} on chain {self.chain_id}"
            raise InputError(where, "campaign", f"{there}, got {offer.campaign} on chain {offer.chain_id}")
        mine = [at for at, edge in enumerate(self.terms.edges) if edge.operator == self.operator]
        if offer.edge not in mine:
            expected = f"expected an edge that you operate ({', '.join(map(str, mine)) or 'none'}), got {offer.edge}"
            raise InputError(where, "edge", expected)
        most = most_asked(self.terms, offer.edge)
        if offer.cost > most:
            raise InputError(where, "cost", f"expected at most {most:,} ticks, the ceiling less fees: it cannot win")
        if self.admitted is not None and offer.client not in self.admitted:
            raise InputError(where, "client", f"expected a client that the terms name, got {offer.client}")
        if not is_by(offer.client, offer.message, offer.signature, self.asked):
            raise CheckFailed(f"{where}: not signed by the client {offer.client}")


def most_asked(terms: Terms, edge: int) -> int:
    """The highest cost that can win at an edge, ticks; below 0 if fees alone are above the ceiling."""
    return (terms.edges[edge].ceiling - terms.path_fee(edge)) // terms.tick


def collected(paths: Iterable[Path], listing: Listing) -> tuple[list[SignedOffer], list[CofundError]]:
    """The offers in files, one a client, and what is wrong with the others.

    A client that signed two different offers is not listed: which of them holds only it can say.
    """
    found: dict[str, tuple[Path, SignedOffer]] = {}
    twice: set[str] = set()
    refused: list[CofundError] = []
    for path in paths:
        try:
            offer = load_offer(path)
            listing.require(offer, in_a_line(path))
        except (InputError, CheckFailed) as error:
            refused.append(error)
            continue
        before, _ = first = found.setdefault(offer.client, (path, offer))
        if not first[1].same_terms(offer):
            twice.add(offer.client)
            expected = f"{offer.client} signed another offer too, {in_a_line(before)}; expected one of them"
            refused.append(InputError(str(path), "client", expected))
    return [offer for client, (_, offer) in found.items() if client not in twice], refused
