"""Who delivered which rounds, as far as anybody has told: held against the roots and counts that edges signed.

Bitmaps are by edge and place in its section of the book. Who is told by names, as in a record, is known by the edge and
its own id.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cofund.campaign.party_ids import clients_called
from cofund.campaign.release import Release
from cofund.errors import CheckFailed
from cofund.market.offer_book import delivered_levels, missing_words
from cofund.settlement.ledger import Ledger
from cofund.training.deliveries import Delivery, updates_root

if TYPE_CHECKING:
    from cofund.campaign.campaign import Campaign

Bitmaps = Mapping[tuple[int, int], int]
"""A bit for every round that was delivered, by edge and place."""


def by_round(deliveries: Iterable[Delivery]) -> dict[int, list[Delivery]]:
    """Deliveries of every round, in their order."""
    rounds: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        rounds[delivery.round].append(delivery)
    return rounds


def named_bitmaps(deliveries: Iterable[Delivery]) -> dict[tuple[str, str], int]:
    """A bit for every round that was accepted, by the ids of edge and client."""
    found: dict[tuple[str, str], int] = {}
    for one in deliveries:
        found[one.edge, one.client] = found.get((one.edge, one.client), 0) | one.accepted << (one.round - 1)
    return found


def signed_bitmaps(ledger: Ledger, terms: dict[str, Any], delivered: Mapping[tuple[str, str], int]) -> Bitmaps:
    """Rounds delivered under the roots signed last, of every winner.

    Args:
        ledger: the books.
        terms: the published document.
        delivered: bitmaps by the ids of edge and client, which may have later rounds.
    """
    called = clients_called(ledger, terms)
    return {
        (offer.edge, offer.place): delivered.get((terms["edges"][offer.edge]["id"], called[offer.edge, offer.place]), 0)
        & (1 << ledger.edges[offer.edge].up_to_round) - 1
        for offer in ledger.offers
        if offer.winner
    }


def bitmaps_at(ledger: Ledger, bitmaps: Bitmaps, edge: int, up_to_round: int) -> list[int]:
    """The bitmaps of an edge's winners up to a round, by place."""
    return [bitmaps.get((edge, place), 0) & (1 << up_to_round) - 1 for place in range(ledger.edges[edge].winners)]


def told_until(campaign: "Campaign") -> list[int]:
    """The last round of which it is known who delivered at each edge: signed for, or never to be signed for."""
    return [_told_at(campaign, at) for at in range(len(campaign.ledger.edges))]


def _told_at(campaign: "Campaign", at: int) -> int:
    edge = campaign.ledger.edges[at]
    known = sum(bits.bit_count() for bits in bitmaps_at(campaign.ledger, campaign.bitmaps, at, edge.up_to_round))
    if known != edge.delivered:
        return 0
    return campaign.ledger.rounds if campaign.over else edge.up_to_round


def check_deliveries(campaign: "Campaign") -> None:
    """Deliveries are those under the root of their round, and bitmaps those under the roots that the edges signed.

    Raises:
        CheckFailed: naming the round or the edge.
    """
    delivered = by_round(campaign.deliveries)
    if delivered:
        for _, event in campaign.logged("RoundRecorded"):
            number = event.arguments["round"]
            if updates_root(delivered[number]) != event.arguments["updates_root"]:
                where = f"rounds[{number - 1}].updates_root"
                raise CheckFailed(f"{where}: not the root of the deliveries of round {number}")
    for _, event in campaign.logged("DeliveriesPosted"):
        if delivered or event.arguments["root"] == campaign.ledger.edges[event.arguments["edge"]].root:
            check_signed(campaign.ledger, campaign.bitmaps, event.arguments)  # else nothing is left but the root


def check_signed(ledger: Ledger, bitmaps: Bitmaps, given: dict[str, Any]) -> None:
    """Bitmaps are those that an edge signed for.

    Args:
        ledger: the books.
        bitmaps: of all winners; they may have later rounds.
        given: edge, up_to_round, root and missing, as logged.

    Raises:
        CheckFailed: naming the edge.
    """
    edge, up_to = given["edge"], given["up_to_round"]
    maps, name = bitmaps_at(ledger, bitmaps, edge, up_to), ledger.terms.edges[edge].id
    if not maps:
        return  # an edge without winners may sign anything
    if delivered_levels(ledger.edges[edge].start, maps)[-1][0] != given["root"]:
        raise CheckFailed(f"deliveries: not those under the root of edge {name}")
    if missing_words(maps, up_to) != list(given["missing"]):
        raise CheckFailed(f"deliveries: not as many as edge {name} signed for")


def check_release(releases: Sequence[Release], ledger: Ledger, where: str = "releases") -> None:
    """The boxes are those that the coordinator committed to, one for every owner that bought rounds, at its level.

    Raises:
        CheckFailed: if they are not; it begins with ``where`` they are.
    """
    if tuple(release.digest for release in releases) != ledger.boxes:
        raise CheckFailed(f"{where}: not the boxes that the coordinator committed to on chain")
    bought = [(owner.account, min(owner.level, ledger.rounds_done)) for owner in ledger.owners if owner.level]
    if [(release.owner, release.level) for release in releases] != bought:
        raise CheckFailed(f"{where}: expected one box for every owner that bought rounds, at its level")
