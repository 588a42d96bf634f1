"""Where the money came from and went: conservation to the base unit, totals by role, gas by step."""

from dataclasses import dataclass

from cofund.report.owners import OwnerRow
from cofund.report.reading import Reading


@dataclass(frozen=True, slots=True)
class Part:
    """One destination of what the payers paid; base units."""

    name: str
    amount: int
    note: str


@dataclass(frozen=True, slots=True)
class RoleTotal:
    """Money of all parties with one role; base units."""

    role: str
    parties: int
    deposited: int
    received: int
    still_owed: int

    @property
    def net(self) -> int:
        """Received and owed, less deposited."""
        return self.received + self.still_owed - self.deposited


@dataclass(frozen=True, slots=True)
class Balance:
    """The record's conservation section as numbers; base units; ``sponsored`` is the sponsor's part of the rounds."""

    deposited: int
    paid_out: int
    held: int
    charges: int
    sponsored: int
    parts: tuple[Part, ...]

    @property
    def contract_balances(self) -> bool:
        """What came into the contract went out or is still there."""
        return self.deposited == self.paid_out + self.held

    @property
    def income(self) -> int:
        """What owners and sponsor pay together."""
        return self.charges + self.sponsored

    @property
    def charges_balance(self) -> bool:
        """What the payers paid is somewhere, all of it."""
        return self.income == sum(part.amount for part in self.parts)

    @property
    def conserved(self) -> bool:
        """Both."""
        return self.contract_balances and self.charges_balance


def balance(reading: Reading, owners: list[OwnerRow]) -> Balance:
    """The conservation of money, with what each part means."""
    given = {name: int(amount) for name, amount in reading.record["conservation"].items()}
    payers = "owners and sponsor" if given["sponsored"] else "owners"
    parts = (
        Part("clients", given["clients"], "rounds delivered, paid or still to be claimed"),
        Part("edges", given["edges"], "their posted fee for every round delivered"),
        Part("coordinator", given["coordinator"], "its fee for every round recorded"),
        Part(
            "the coordinator's fee, back to owners",
            given["coordinators_fee_back_to_owners"],
            "lost: it released no models",
        ),
        Part(
            f"undelivered rounds, back to {payers}",
            given["undelivered_back_to_payers"],
            _split_note(reading, owners, given),
        ),
        Part(
            "early end inside the goal, to the clients",
            given["early_end_to_clients"],
            "what the rounds done were worth to whoever ended it, beyond pro rata",
        ),
        Part(f"rounds never trained, back to {payers}", given["not_earned_back_to_payers"], "training halted early"),
        Part("rounding of shares, to the initiator", given["dust_to_initiator"], "shares are rounded up"),
    )
    kept = tuple(
        part for part in parts if part.amount or not part.name.startswith(("rounds never", "the coord", "early end"))
    )
    return Balance(given["deposited"], given["paid_out"], given["held"], given["charges"], given["sponsored"], kept)


def role_totals(reading: Reading) -> list[RoleTotal]:
    """Owners, clients, edges, coordinator, initiator."""
    roles = {party["id"]: "owners" for party in reading.owners}
    roles |= {party["id"]: "clients" for party in reading.clients}
    roles |= {f"edge {edge['id']}": "edges" for edge in reading.terms["edges"]}
    sums: dict[str, list[int]] = {role: [0] * 4 for role in ("owners", "clients", "edges", "coordinator", "initiator")}
    for payment in reading.record["payments"]:
        role = sums.setdefault(roles.get(payment["id"], payment["id"]), [0] * 4)
        amounts = (1, int(payment["deposited"]), int(payment["received"]), int(payment["still_owed"]))
        role[:] = [total + amount for total, amount in zip(role, amounts, strict=True)]
    return [RoleTotal(role, *numbers) for role, numbers in sums.items() if numbers[0]]


def _split_note(reading: Reading, owners: list[OwnerRow], given: dict[str, int]) -> str:
    """Each owner's part is rounded down; what that leaves is the initiator's."""
    note = "split by what each owner paid for those rounds"
    returned = sum(owner.back for owner in owners)
    rounding = given["undelivered_back_to_payers"] + given["not_earned_back_to_payers"] - returned
    if reading.rounds_done < reading.outcome.rounds or rounding <= 0:
        return note
    coins = reading.currency
    return f"{note}: owners received {coins.full(returned)}, rounding left {coins.full(rounding)} to the initiator"
