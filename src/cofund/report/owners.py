"""What each owner bought, paid and why it stopped (mechanism.md, 3a)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from cofund.mechanism.charges import Purchase
from cofund.report.reading import Reading
from cofund.report.words import capital, many, span
from cofund.units import div_up, value_down


@dataclass(frozen=True, slots=True)
class RefusedBlock:
    """The first block that an owner did not buy: what it is worth to it, and its share with those who do buy."""

    first_round: int
    last_round: int
    worth: int
    share: int
    company: int


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An invited owner; amounts in base units.

    Attributes:
        bid: None if it was never opened or never made.
        escrow: None if the owner sealed no bid.
        back: what came back of the charge, for rounds that clients did not deliver or that were never trained, and
            what others lost.
        forfeited: bond lost by not opening the bid.
        refused: None if it bought every round there is, or nothing was put up for sale.
        why: one sentence.
    """

    id: str
    name: str
    weight: int
    bid: int | None
    escrow: int | None
    rounds: int
    charge: int
    back: int
    forfeited: int
    refused: RefusedBlock | None
    why: str

    @property
    def net_paid(self) -> int:
        """What the campaign has cost the owner in the end."""
        return self.charge - self.back + self.forfeited


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Consecutive blocks with the same cost and the same buyers.

    Attributes:
        blocks: how many; a stretch block is one round, the goal is one block of several rounds.
        cost: of one block, base units.
        weight: of all buyers together.
        shares: owner id -> its share of one block.
    """

    first_round: int
    last_round: int
    blocks: int
    cost: int
    weight: int
    shares: dict[str, int]


def owner_rows(reading: Reading) -> list[OwnerRow]:
    """Every invited owner in the order of the terms."""
    positions = {owner.id: position for position, owner in enumerate(reading.instance.owners)}
    return [_row(reading, party, positions.get(party["id"])) for party in reading.owners]


def share_rows(reading: Reading) -> list[ShareRow]:
    """Who shares which rounds; a last row without shares is the block that nobody bought."""
    alike = groupby(reading.purchases, key=lambda block: (block.rounds, block.cost, block.buyers))
    return [_shares(reading, list(blocks)) for _, blocks in alike]


def _row(reading: Reading, party: dict[str, str], position: int | None) -> OwnerRow:
    seal = reading.openings.get(("owner", party["id"]))
    place = reading.books.owner(party["id"])
    result = None if position is None else reading.outcome.owners[position]
    refused = None if position is None else _refused(reading, position)
    return OwnerRow(
        id=party["id"],
        name=party["name"],
        weight=int(party["weight"]),
        bid=None if position is None else reading.instance.owners[position].bid,
        escrow=int(seal["escrow"]) if seal else None,
        rounds=result.level if result else 0,
        charge=result.charge if result else 0,
        back=place.refunded,
        forfeited=place.bond.lost,
        refused=refused,
        why=_why(reading, party["id"], position, refused),
    )


def _refused(reading: Reading, position: int) -> RefusedBlock | None:
    block = next((block for block in reading.purchases if position not in block.buyers), None)
    if block is None:
        return None
    owner = reading.instance.owners[position]
    total = owner.weight + _weight(reading, block.buyers)
    return RefusedBlock(
        first_round=block.first_round,
        last_round=block.first_round + block.rounds - 1,
        worth=value_down(owner.bid, block.quality),
        share=div_up(owner.weight * block.cost, total),
        company=len(block.buyers),
    )


def _why(reading: Reading, owner: str, position: int | None, refused: RefusedBlock | None) -> str:
    coins = reading.currency
    if position is None:
        return _silent(reading, owner)
    if not reading.purchases:
        return f"Nothing was sold: {reading.outcome.reason}."
    bought = _bought(reading, position)
    if refused is None:
        return f"{bought}That is every round there is."
    block = capital(span(refused.first_round, refused.last_round))
    alone = "if it bought alone, as nobody else does,"
    company = f"with {many(refused.company, 'other buyer')}" if refused.company else alone
    return (
        f"{bought}{block} would be worth {coins.exact(refused.worth)} to it, but its share {company} would be "
        f"{coins.exact(refused.share)}."
    )


def _bought(reading: Reading, position: int) -> str:
    level, goal = reading.outcome.owners[position].level, reading.purchases[0]
    if level == 0:
        return "Bought nothing. "
    with_others = f"with {many(len(goal.buyers) - 1, 'other')}" if len(goal.buyers) > 1 else "alone"
    further = f", then {many(level - goal.rounds, 'further round')} one by one" if level > goal.rounds else ""
    return f"Bought the goal ({span(1, goal.rounds)}) {with_others}{further}. "


def _silent(reading: Reading, owner: str) -> str:
    if ("owner", owner) not in reading.openings:
        return "Was invited but sealed no bid."
    if not reading.settled:
        return "Never opened its bid; escrow and bond went back."
    bond = reading.currency.exact(int(reading.terms["bonds"]["owner"]))
    return f"Never opened its bid: it bought nothing, its escrow went back, its bond of {bond} is forfeited."


def _shares(reading: Reading, blocks: list[Purchase]) -> ShareRow:
    first, last = blocks[0], blocks[-1]
    owners = [reading.instance.owners[at].id for at in first.buyers]
    return ShareRow(
        first_round=first.first_round,
        last_round=last.first_round + last.rounds - 1,
        blocks=len(blocks),
        cost=first.cost,
        weight=_weight(reading, first.buyers),
        shares=dict(zip(owners, first.shares, strict=True)),
    )


def _weight(reading: Reading, positions: Iterable[int]) -> int:
    return sum(reading.instance.owners[position].weight for position in positions)
