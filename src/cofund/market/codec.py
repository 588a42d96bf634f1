"""``cofund.instance/1``: an ``Instance`` as a JSON document, both ways (mechanism.md, 1).

Written: amounts as decimal strings, counts as integers, the quality curve expanded. Read: also amounts as integers up
to 2**53 - 1, and a curve as a formula; fields with a default may be missing, unknown ones are refused by name. An edge
has a ``parent`` only if it hangs below another edge.
"""

from typing import Any, Final

from cofund.errors import InputError
from cofund.market.document import Field, read_document
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.market.quality import read_quality

SCHEMA: Final = "cofund.instance/1"
_REQUIRED: Final = ("schema", "cohort", "ceiling", "quality", "edges", "owners", "clients")
_OPTIONAL: Final = ("min_cohort", "coordinator_fee", "goal", "goals", "match")

NO_OPENING_FEES: Final = (
    "opening fees are not supported: with one, the Clarke payments of two clients at the same edge can differ, "
    "so no price per edge describes them (mechanism.md, 5.2)"
)


def load_instance(source: str) -> Instance:
    """Read the instance file ``source``; ``-`` is standard input.

    Raises:
        InputError: naming the file, the field and what was expected there.
    """
    return decode_instance(read_document(source, SCHEMA))


def decode_instance(document: Field) -> Instance:
    """Build the instance that a parsed document describes."""
    fields = document.members(_REQUIRED, _OPTIONAL)
    cohort = fields["cohort"].integer()
    try:
        return Instance(
            cohort=cohort,
            min_cohort=fields["min_cohort"].integer() if "min_cohort" in fields else cohort,
            ceiling=fields["ceiling"].amount(),
            coordinator_fee=fields["coordinator_fee"].amount() if "coordinator_fee" in fields else 0,
            goal=fields["goal"].integer() if "goal" in fields else 1,
            match=fields["match"].integer() if "match" in fields else 0,
            quality=read_quality(fields["quality"]),
            edges=tuple(_edge(item) for item in fields["edges"].items()),
            owners=tuple(_owner(item) for item in fields["owners"].items()),
            clients=tuple(_client(item) for item in fields["clients"].items()),
            goals=tuple(_goal(item) for item in fields["goals"].items()) if "goals" in fields else (),
        )
    except InputError as error:
        raise InputError(document.where, error.field, error.expected) from None


def encode_instance(instance: Instance) -> dict[str, Any]:
    """The document of ``instance``; decoding it gives an equal instance."""
    table = [{"weight": weight, "rounds": rounds} for weight, rounds in instance.goals]
    return {
        "schema": SCHEMA,
        "cohort": instance.cohort,
        "min_cohort": instance.min_cohort,
        "ceiling": str(instance.ceiling),
        "coordinator_fee": str(instance.coordinator_fee),
        "goal": instance.goal,
        **({"goals": table} if table else {}),
        "match": instance.match,
        "quality": list(instance.quality),
        "edges": [_edge_document(edge) for edge in instance.edges],
        "owners": [{"id": owner.id, "bid": str(owner.bid), "weight": owner.weight} for owner in instance.owners],
        "clients": [{"id": one.id, "edge": one.edge, "cost": str(one.cost)} for one in instance.clients],
    }


def _edge(item: Field) -> Edge:
    if isinstance(item.value, dict) and "opening_fee" in item.value:
        raise InputError(item.where, f"{item.path}.opening_fee", NO_OPENING_FEES)
    fields = item.members(("id", "capacity", "fee"), ("parent", "ceiling"))
    parent = fields["parent"].text() if "parent" in fields else None
    ceiling = fields["ceiling"].amount() if "ceiling" in fields else None
    return Edge(fields["id"].text(), fields["capacity"].integer(), fields["fee"].amount(), parent, ceiling)


def _goal(item: Field) -> tuple[int, int]:
    fields = item.members(("weight", "rounds"))
    return fields["weight"].integer(), fields["rounds"].integer()


def _edge_document(edge: Edge) -> dict[str, Any]:
    parent = {} if edge.parent is None else {"parent": edge.parent}
    ceiling = {} if edge.ceiling is None else {"ceiling": str(edge.ceiling)}
    return {"id": edge.id, "capacity": edge.capacity, "fee": str(edge.fee), **parent, **ceiling}


def _owner(item: Field) -> Owner:
    fields = item.members(("id", "bid"), ("weight",))
    weight = fields["weight"].integer() if "weight" in fields else 1
    return Owner(fields["id"].text(), fields["bid"].amount(), weight)


def _client(item: Field) -> Client:
    fields = item.members(("id", "edge", "cost"))
    return Client(fields["id"].text(), fields["edge"].text(), fields["cost"].amount())
