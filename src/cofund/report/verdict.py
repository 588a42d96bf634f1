"""The campaign in a few sentences."""

from dataclasses import dataclass

from cofund.report.balance import Balance, balance
from cofund.report.clients import ClientRow, EdgeRow, Fate, client_rows, edge_rows
from cofund.report.missed_rounds import MissedRounds, outage_sentence, outages
from cofund.report.owners import OwnerRow, owner_rows
from cofund.report.reading import Reading
from cofund.report.words import listed, many


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a summary and a report are made of."""

    reading: Reading
    owners: tuple[OwnerRow, ...]
    clients: tuple[ClientRow, ...]
    edges: tuple[EdgeRow, ...]
    outages: tuple[MissedRounds, ...]
    balance: Balance


def findings(reading: Reading) -> Findings:
    """All rows of a record."""
    owners = owner_rows(reading)
    return Findings(
        reading=reading,
        owners=tuple(owners),
        clients=tuple(client_rows(reading)),
        edges=tuple(edge_rows(reading)),
        outages=tuple(outages(reading)),
        balance=balance(reading, owners),
    )


def headline(found: Findings) -> str:
    """Funded or not, how far, by whom."""
    reading, outcome = found.reading, found.reading.outcome
    if not outcome.funded:
        return f"Not funded: {outcome.reason}. Nobody trains and nobody pays a charge."
    buyers = sum(owner.rounds > 0 for owner in found.owners)
    serving = sum(edge.winners > 0 for edge in found.edges)
    done = "all of them" if reading.rounds_done == outcome.rounds else f"{reading.rounds_done} of them"
    return (
        f"Funded: {buyers} of {many(len(found.owners), 'invited owner')} bought {outcome.rounds} of "
        f"{len(reading.instance.quality)} possible rounds together; {many(outcome.cohort, 'client')} at "
        f"{many(serving, 'edge')} trained {done}."
    )


def money_sentence(found: Findings) -> str:
    """Who paid, who earned, and that nothing is missing; exact."""
    coins, books = found.reading.currency, found.balance
    state = "Money is conserved" if books.conserved else "MONEY IS NOT CONSERVED"
    return (
        f"{state}: {coins.named(books.deposited)} went into the contract, {coins.exact(books.paid_out)} came out, "
        f"{coins.exact(books.held)} is still there."
    )


def failures(found: Findings) -> list[str]:
    """What did not go as planned, one sentence each, and what became of the money."""
    reading = found.reading
    sentences = [
        f"{owner.id}: {owner.why[0].lower()}{owner.why[1:]}"
        for owner in found.owners
        if owner.forfeited or owner.escrow is None
    ]
    for fate in (Fate.NOT_OPENED, Fate.NO_OFFER):
        sentences += [f"{client.id}: {client.why}." for client in found.clients if client.fate is fate]
    sentences += [
        f"{ident}: lost {reading.currency.named(book.bond.lost)} of the bond of its book."
        for ident, book in reading.books.books.items()
        if book.bond.lost
    ]
    sentences += [outage_sentence(reading, outage) for outage in found.outages]
    if reading.rounds_done < reading.outcome.rounds:
        missing = reading.outcome.rounds - reading.rounds_done
        vetoed = any(row["vetoed"] for row in reading.record["rounds"])
        became = "vetoed by the owners or never recorded" if vetoed else "never recorded"
        sentences.append(
            f"Training ended early: {many(missing, 'round')} of those bought were {became}. Owners got back what "
            "these rounds had not earned and, in proportion, what the coordinator lost."
        )
    return sentences


def left_out(found: Findings) -> str:
    """How many clients do not train, by reason; of sealed books only how many."""
    if found.reading.sealed:
        lost = sum(edge.offers - edge.winners for edge in found.edges)
        return f"{many(lost, 'offer')} in sealed books did not win: whose they are, and what they asked, stays sealed."
    fates = (Fate.TOO_DEAR, Fate.EDGE_FULL, Fate.ABOVE_CEILING, Fate.NOT_OPENED, Fate.NO_OFFER, Fate.SEALED)
    counts = [(fate, [row.edge for row in found.clients if row.fate is fate]) for fate in fates]
    parts = [
        f"{len(edges)} {fate}" + (f" ({listed(sorted(set(edges)))})" if fate is Fate.EDGE_FULL else "")
        for fate, edges in counts
        if edges
    ]
    total = sum(row.fate is not Fate.TRAINS for row in found.clients)
    return f"{many(total, 'client')} left out: {', '.join(parts)}." if parts else "Every invited client trains."
