"""Operating a campaign on any node: create it, and the calls that anybody may make."""

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.books import books_among
from cofund.campaign.creations import Created
from cofund.campaign.onchain import events_of, remember
from cofund.campaign.publication import digest, terms_of
from cofund.campaign.views import seat_at
from cofund.chain.contract import Contract, create_campaign, creation_arguments, deploy, deploy_factory
from cofund.chain.journal import Journal
from cofund.chain.node import EmbeddedNode
from cofund.chain.sending import GAS_LIMIT
from cofund.errors import InputError
from cofund.market.offer_book import NO_BOUNDARY, Boundary
from cofund.market.sealed_proofs import NO_SEALED_BOUNDARY, SealedBoundary
from cofund.market.terms import NOBODY
from cofund.settlement.clearing import market, winners_of
from cofund.settlement.ledger import Offer
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eth_account.signers.local import LocalAccount

    from cofund.chain.node import Node
    from cofund.market.offer_book import OfferBook
    from cofund.market.sealed_proofs import NamelessBook
    from cofund.market.terms import Terms
    from cofund.settlement.state import EdgeAccount

TURN_S: Final = 0.2
MARGIN: Final = 5, 4  # gas limits over what was used in rehearsal


@dataclass(frozen=True, slots=True)
class GasPlan:
    """What a command is about to send.

    Args:
        transactions: how many.
        gas: limit of all of them together.
    """

    transactions: int
    gas: int


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A new campaign."""

    campaign: str
    creation: Created
    digest: str


def rehearse_creation(account: "LocalAccount", terms: "Terms", now: int, store: str = "") -> GasPlan:
    """Create the campaign on an embedded chain at the real chain's time: wrong terms cost nothing there.

    Raises:
        Reverted: with the factory's own sentence, if it refuses the terms.
    """
    node = EmbeddedNode([account.address], Journal(), start=now)
    token = deploy(node, account, "TestToken")  # in the place of the real one, which is not there
    create_campaign(deploy_factory(node, account), account, replace(terms, token=token.address), store)
    used = [mined.gas_used for _, mined in node.sent()][1:]
    return GasPlan(len(used), sum(min(GAS_LIMIT, gas * MARGIN[0] // MARGIN[1]) for gas in used))


def plan_creation(factory: Contract, account: "LocalAccount", terms: "Terms", store: str = "") -> GasPlan:
    """The one transaction that creates a campaign with a factory that is there.

    Raises:
        Reverted: with the factory's own sentence, if it refuses the terms.
    """
    data = factory.encode("create", *creation_arguments(terms, store))
    return GasPlan(1, factory.node.gas(account.address, factory.address, data))


def create(
    node: "Node", account: "LocalAccount", document: dict[str, Any], factory: str | None, state: Path, store: str = ""
) -> NewCampaign:
    """Create a campaign, with a factory of its own if none is given; an interrupted run is continued.

    Args:
        node: with a journal that only this creation uses.
        account: the initiator.
        document: the published terms.
        factory: address of a verified factory, or None to deploy one.
        state: folder that keeps what is known of campaigns on this chain.
        store: URL that is announced on chain; the terms are there already.
    """
    known = None if factory is None else Contract(node, "CampaignFactory", factory)
    contract = known or deploy_factory(node, account, together=True)
    campaign = create_campaign(contract, account, terms_of(document), store)
    _, mined = node.sent()[-1]
    creation = Created(campaign.address, contract.address, mined.block, mined.hash, store)
    remember(creation, state / campaign.address)
    write_document(document, state / campaign.address)
    return NewCampaign(campaign.address, creation, "0x" + digest(document).hex())


def write_document(document: dict[str, Any], folder: Path) -> Path:
    """The terms to publish, whole or not at all."""
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    return write_whole(folder / "terms.json", text.encode())


def settlement(
    campaign: Contract, creation: "Callable[[], Created]", folder: Path
) -> list[tuple[int, int, bytes, bytes, list[bytes]]]:
    """Argument of the books' ``settle``: where the winners of every edge end, by the books that are open."""
    books, terms = books_among(events_of(campaign, creation(), folder)), seat_at(campaign, NOBODY)
    return [boundary.arguments for boundary in boundaries(terms.terms, terms.edges, books)]


def boundaries(terms: "Terms", edges: "Sequence[EdgeAccount]", books: "Mapping[str, OfferBook]") -> list[Boundary]:
    """Where the winners of every edge end.

    Args:
        terms: of the campaign.
        edges: as they stand, for who posted its bond.
        books: the open ones, by operator.
    """
    offers = [
        Offer(one.client, section.edge, place, one.cost)
        for book in books.values()
        for section in book.sections
        for place, one in enumerate(section.offers)
    ]
    offers.sort(key=lambda offer: (offer.edge, offer.place))
    winners = winners_of(market(terms, edges, offers), offers)
    return [
        books[site.operator].boundary(at, winners[at]) if site.operator in books else NO_BOUNDARY
        for at, site in enumerate(terms.edges)
    ]


def sealed_certificate(
    terms: "Terms", edges: "Sequence[EdgeAccount]", books: "Mapping[int, NamelessBook]"
) -> list[SealedBoundary]:
    """Where the winners of every edge end, by what operators show of sealed books.

    Args:
        terms: of the campaign.
        edges: as they stand, for who posted its bond.
        books: without names, by edge; of who is absent none.
    """
    offers = [Offer("", edge, place, cost) for edge in sorted(books) for place, cost in enumerate(books[edge].asked)]
    winners = winners_of(market(terms, edges, offers), offers)
    return [books[at].boundary(winners[at]) if at in books else NO_SEALED_BOUNDARY for at in range(len(edges))]


@contextmanager
def only_one(folder: Path, turns: int = 1) -> Iterator[None]:
    """Keep a second program out of the folder.

    Raises:
        InputError: if there is one, and it does not leave while ``turns`` are waited for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "lock", turns) as mine:
        if not mine:
            raise InputError(str(folder), "", "another cofund is at work here; wait for it")
        yield


@contextmanager
def locked(path: Path, turns: int) -> Iterator[bool]:
    """Whether a file could be locked in one of so many turns; it is until the end."""
    with path.open("w") as lock:
        for left in reversed(range(turns)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(TURN_S if left else 0)
            else:
                break
        else:
            turns = 0
        yield turns > 0
