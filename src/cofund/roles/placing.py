"""A client's side of a book: its signed offer on disk, and whether the place it got is the place it was promised."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.book_places import LONGEST, Committed, SignedPlace, faults, parse_place
from cofund.campaign.signed_offers import SignedOffer, load_offer, most_asked, short_content, sign_offer, write_offer
from cofund.chain.accounts import contract_asked
from cofund.errors import InputError
from cofund.roles.desk import Desk
from cofund.roles.openings import write_secret
from cofund.roles.store_evidence import events

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat

NAME: Final = "signed-offer.json"
PLACE: Final = "place.json"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a place found.

    Args:
        place: of the client.
        faults: a sentence each; none if the client is in the book for good.
        says: what is no fault, and worth knowing.
    """

    place: SignedPlace
    faults: tuple[str, ...]
    says: tuple[str, ...] = ()


def offer_path(folder: Path) -> Path:
    """Where a client keeps what it signed."""
    return folder / NAME


def kept_offer(folder: Path) -> SignedOffer | None:
    """What a client signed, if it is here."""
    path = offer_path(folder)
    return load_offer(path) if path.exists() else None


def keep_place(folder: Path, content: bytes) -> Path:
    """Keep a place in the account's folder: of a sealed book nothing else tells that the account is in it."""
    path = folder / PLACE
    write_secret(path, content.decode("utf-8", errors="replace"))
    return path


def kept_place(folder: Path, *, sealed: bool) -> SignedPlace | None:
    """The place that an account was shown, if it is here and can be read."""
    path = folder / PLACE
    if not path.exists():
        return None
    try:
        return parse_place(str(path), short_content(path, LONGEST), sealed=sealed)
    except InputError:  # what an inbox answered need not be one
        return None


def signed(desk: Desk, seen: "Seat", edge: int, cost: int) -> tuple[SignedOffer, tuple[str, ...]]:
    """Sign an offer, the same one again if it was signed; and what its client should know.

    Args:
        desk: the client's; nothing is sent.
        seen: now.
        edge: index of the edge where the client wants to train.
        cost: ticks per round.

    Raises:
        InputError: another offer was signed here, and may be listed.
        CheckFailed: if the contract is not what was published.
    """
    desk.require_checked()  # who signs for a contract that is another program's works for nothing
    kept = kept_offer(desk.folder)
    new = sign_offer(desk.account, desk.node.chain_id, desk.campaign.address, edge, cost)
    if kept is not None and not kept.same_terms(new):
        expected = (
            f"holds another offer, of {kept.cost} ticks at edge {kept.edge}; its edge may list it. "
            "Move the file away if nobody has that one, or its book is sealed without you"
        )
        raise InputError(str(offer_path(desk.folder)), "", expected)
    says: tuple[str, ...] = ()
    if cost > most_asked(seen.terms, edge):
        says = ("this cost and the fees are above the edge's ceiling: the offer cannot win, and no edge lists it",)
    if seen.phase != "commit":
        says = (*says, "the commit phase is over: nobody can list it any more")
    return kept or new, says


def keep_offer(offer: SignedOffer, folder: Path, out: Path | None) -> list[Path]:
    """Write an offer into the account's folder and, for its edge, to ``out``."""
    return [write_offer(offer, path) for path in (offer_path(folder), out) if path is not None]


def checked(
    desk: Desk, seen: "Seat", place: SignedPlace, mine: SignedOffer | None, account: str | None = None
) -> Checked:
    """Hold a place against the chain, the terms and what its client signed.

    Args:
        desk: anybody's.
        seen: now.
        place: as the edge gave it.
        mine: what the client signed; None if it is not here.
        account: the client; None for whom the place names.
    """
    wrong = list(_other_place(desk, place))
    if not wrong:
        wrong += faults(place, seen.terms, committed_book(desk, seen, place), contract_asked(desk.node))
    if account not in {None, place.offer.client}:
        wrong.append(f"the place is that of {place.offer.client}, not of {account}")
    if mine is not None:
        wrong += _other_offer(place, mine)
    says = [] if mine is not None else ["what you signed is not here: compare account, edge and cost yourself"]
    if not wrong and not seen.edges[place.edge].bonded and seen.terms.edge_bond:
        says.append("this edge has not posted its bond yet: without it, it serves nobody")
    return Checked(place, tuple(wrong), tuple(says))


def _other_place(desk: Desk, place: SignedPlace) -> list[str]:
    here = desk.node.chain_id, desk.campaign.address
    if (place.chain_id, place.campaign) == here:
        return []
    return [f"a place in the campaign {place.campaign} on chain {place.chain_id}, not in this one"]


def _other_offer(place: SignedPlace, mine: SignedOffer) -> list[str]:
    found = []
    if place.edge != mine.edge:
        found.append(f"you offered to train at edge {mine.edge}, you are listed at edge {place.edge}")
    if place.offer.cost != mine.cost:
        found.append(f"you offered to train for {mine.cost} ticks a round, you are listed for {place.offer.cost}")
    return found


def committed_book(desk: Desk, seen: "Seat", place: SignedPlace) -> Committed | None:
    """The book of a place's edge as the chain has it."""
    if place.edge >= len(seen.terms.edges):
        return None
    key, name = (place.edge, "edge") if seen.terms.sealed else (seen.terms.edges[place.edge].operator, "operator")
    logged = [event.arguments for event in events(desk) if event.name == "BookCommitted"]
    mine = [given for given in logged if given[name] == key]
    return Committed(bytes(mine[-1]["commitment"]), int(mine[-1]["clients"])) if mine else None
