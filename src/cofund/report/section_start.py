"""The verdict, and what exactly the report is about."""

from collections.abc import Iterator

from cofund.campaign.publication import digest
from cofund.report.accuracy import accuracy_sentences, funded_accuracy, metric_name, owner_accuracy
from cofund.report.figure_accuracy import accuracy_figure
from cofund.report.markup import Content, Html, bullets, code, join, pairs, paragraph, status, tag
from cofund.report.verdict import Findings, failures, headline, left_out, money_sentence
from cofund.report.words import many


def verdict(found: Findings) -> Iterator[Html]:
    """Tiles, a few sentences, accuracy before and after, what went wrong."""
    yield paragraph(headline(found), class_="lead")
    yield tag("div", *_tiles(found), class_="tiles")
    yield bullets([money_sentence(found), *accuracy_sentences(found.reading), *failures(found), left_out(found)])
    if owner_accuracy(found.reading):
        yield accuracy_figure(found.reading)


def identity(found: Findings) -> Iterator[Html]:
    """Everything that tells this campaign from any other."""
    campaign, terms = found.reading.record["campaign"], found.reading.terms
    yield paragraph(
        "Anyone can compare these with the chain. The terms digest is fixed in the contract, so the rules could not be "
        "changed after the first bid; the code digest says which contract source was compiled."
    )
    yield pairs(
        [
            ("Chain id", code(campaign["chain_id"])),
            ("Campaign contract", code(campaign["address"])),
            ("Factory", code(campaign["factory"])),
            ("Token", join([code(terms["token"]["address"]), f" {terms['token']['unit']}"])),
            ("Code digest", join([code(f"sha256 {campaign['contracts_sha256']}"), f" {campaign['compiler']}"])),
            ("Terms digest", code(f"keccak256 {digest(terms).hex()}")),
            ("Initiator", code(terms["initiator"])),
            ("Coordinator", code(terms["coordinator"])),
            ("Status", campaign["status"]),
        ]
    )


def _tiles(found: Findings) -> Iterator[Html]:
    coins, outcome, books = found.reading.currency, found.reading.outcome, found.balance
    buyers = sum(owner.rounds > 0 for owner in found.owners)
    yield _tile(
        status(outcome.funded, "funded" if outcome.funded else "not funded"),
        f"{found.reading.rounds_done} of at most {len(found.reading.instance.quality)} rounds trained",
    )
    paid = sum(owner.charge - owner.back for owner in found.owners)
    yield _tile(f"{coins.short(paid)} {coins.unit}", f"paid by {many(buyers, 'owner')}, refunds deducted")
    earned = {part.name: part.amount for part in books.parts}
    yield _tile(f"{coins.short(earned['clients'])} {coins.unit}", f"earned by {many(outcome.cohort, 'client')}")
    yield _tile(
        status(books.conserved, "conserved" if books.conserved else "money missing"),
        f"money: {coins.exact(books.deposited)} in, {coins.exact(books.paid_out)} out, {coins.exact(books.held)} held",
    )
    accuracy = funded_accuracy(found.reading)
    if accuracy is not None:
        yield _tile(
            f"{accuracy.alone} → {accuracy.funded}",
            f"{metric_name(found.reading)}, own data → funded; a rule without training: {accuracy.untrained}",
        )


def _tile(value: Content, meaning: str) -> Html:
    return tag("div", tag("b", value), tag("span", meaning), class_="tile")
