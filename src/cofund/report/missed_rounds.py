"""Rounds as recorded, and who did not deliver in which of them."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from cofund.report.reading import Reading
from cofund.report.words import many, span


@dataclass(frozen=True, slots=True)
class MissedRounds:
    """Consecutive rounds that a client of the cohort did not deliver, for one reason.

    Attributes:
        withheld: base units that the client and its edge were not paid; they go back to the owners.
    """

    client: str
    edge: str
    first_round: int
    last_round: int
    reason: str
    withheld: int

    @property
    def rounds(self) -> int:
        """How many rounds were missed."""
        return self.last_round - self.first_round + 1


def outages(reading: Reading) -> list[MissedRounds]:
    """By client in the order of its first missed round."""
    prices, found = reading.outcome.prices, []
    missed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for delivery in reading.deliveries:
        if not delivery["accepted"]:
            missed[delivery["client"]].append(delivery)
    for client, deliveries in missed.items():
        for run in _runs(deliveries):
            first, last = run[0]["round"], run[-1]["round"]
            edge = run[0]["edge"]
            withheld = len(run) * prices[edge]
            found.append(MissedRounds(client, edge, first, last, _plain(run[0]["reason"]), withheld))
    return found


def outage_sentence(reading: Reading, outage: MissedRounds) -> str:
    """Who did not deliver in which rounds, why, and what goes back to the owners."""
    back = reading.currency.exact(outage.withheld)
    return (
        f"{outage.client} at {outage.edge} did not deliver in {span(outage.first_round, outage.last_round)} "
        f"({outage.reason}). The others trained on; {many(outage.rounds, 'round')} unpaid: "
        f"{back} goes back to the owners who bought them."
    )


def accepted_bits(reading: Reading) -> dict[str, str]:
    """For every client of the cohort one character a round: 1 if its update was accepted."""
    bits: dict[str, list[str]] = {winner.id: ["0"] * reading.rounds_done for winner in reading.outcome.winners}
    for delivery in reading.deliveries:
        bits[delivery["client"]][delivery["round"] - 1] = "1" if delivery["accepted"] else "0"
    return {client: "".join(marks) for client, marks in bits.items()}


def _runs(deliveries: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    runs: list[list[dict[str, Any]]] = []
    for delivery in sorted(deliveries, key=lambda one: int(one["round"])):
        last = runs[-1][-1] if runs else None
        if last is not None and (last["round"] + 1, last["reason"]) == (delivery["round"], delivery["reason"]):
            runs[-1].append(delivery)
        else:
            runs.append([delivery])
    return runs


def _plain(reason: str) -> str:
    """The reason without the name of the error class and the full stop."""
    return reason.split("Error: ", 1)[-1].rstrip(".") or "no reason recorded"
