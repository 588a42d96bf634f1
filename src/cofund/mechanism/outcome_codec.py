"""``cofund.outcome/1``: an ``Outcome`` as a JSON document, both ways; amounts are decimal strings."""

from dataclasses import fields
from typing import Any, Final

from cofund.market.document import Field, read_document
from cofund.mechanism.outcome import Outcome, OwnerResult, Winner

SCHEMA: Final = "cofund.outcome/1"
_NAMES: Final = tuple(each.name for each in fields(Outcome))
_TOTALS: Final = _NAMES[_NAMES.index("clients_paid") :]
"""Everything from there on is an amount."""


def encode_outcome(outcome: Outcome) -> dict[str, Any]:
    """The document of ``outcome``; decoding it gives an equal outcome."""
    return {
        "schema": SCHEMA,
        "rule": outcome.rule,
        "funded": outcome.funded,
        "reason": outcome.reason,
        "rounds": outcome.rounds,
        "cohort": outcome.cohort,
        "cutoff": _text(outcome.cutoff),
        "edge_cutoffs": {edge: _text(amount) for edge, amount in outcome.edge_cutoffs.items()},
        "prices": {edge: str(price) for edge, price in outcome.prices.items()},
        "round_cost": str(outcome.round_cost),
        "winners": [_encode_winner(winner) for winner in outcome.winners],
        "owners": [{"id": one.id, "level": one.level, "charge": str(one.charge)} for one in outcome.owners],
        **{name: str(getattr(outcome, name)) for name in _TOTALS},
    }


def load_outcome(source: str) -> Outcome:
    """Read the outcome file ``source``; ``-`` is standard input.

    Raises:
        InputError: naming the file, the field and what was expected there.
    """
    return decode_outcome(read_document(source, SCHEMA))


def decode_outcome(document: Field) -> Outcome:
    """Build the outcome that a parsed document describes; whether it is right, only the instance can tell."""
    fields = document.members(("schema", *_NAMES))
    return Outcome(
        rule=fields["rule"].text(),
        funded=fields["funded"].flag(),
        reason=None if fields["reason"].value is None else fields["reason"].text(),
        rounds=fields["rounds"].integer(),
        cohort=fields["cohort"].integer(),
        cutoff=_amount_or_none(fields["cutoff"]),
        edge_cutoffs={edge: _amount_or_none(item) for edge, item in fields["edge_cutoffs"].entries().items()},
        prices={edge: item.amount() for edge, item in fields["prices"].entries().items()},
        round_cost=fields["round_cost"].amount(),
        winners=tuple(_decode_winner(item) for item in fields["winners"].items()),
        owners=tuple(_decode_owner(item) for item in fields["owners"].items()),
        **{name: fields[name].amount() for name in _TOTALS},
    )


def _text(amount: int | None) -> str | None:
    return None if amount is None else str(amount)


def _amount_or_none(field: Field) -> int | None:
    return None if field.value is None else field.amount()


def _encode_winner(winner: Winner) -> dict[str, str]:
    document = {"id": winner.id, "edge": winner.edge, "pay_per_round": str(winner.pay_per_round)}
    return document if winner.pay is None else {**document, "pay": str(winner.pay)}


def _decode_winner(item: Field) -> Winner:
    fields = item.members(("id", "edge", "pay_per_round"), ("pay",))
    pay = fields["pay"].amount() if "pay" in fields else None
    return Winner(fields["id"].text(), fields["edge"].text(), fields["pay_per_round"].amount(), pay)


def _decode_owner(item: Field) -> OwnerResult:
    fields = item.members(("id", "level", "charge"))
    return OwnerResult(fields["id"].text(), fields["level"].integer(), fields["charge"].amount())
