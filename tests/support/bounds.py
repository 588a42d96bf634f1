"""Every bound of the factory: terms at the bound, which it takes, and one beyond, which it refuses with a sentence."""

from dataclasses import dataclass
from typing import Any

from cofund.chain.artifacts import artifact
from cofund.chain.contract import creation_arguments
from cofund.chain.terms_abi import quality_words
from cofund.errors import Reverted
from cofund.market.terms import NOBODY
from evm import START, TOKEN, Machine
from twin import INITIATOR, SOME_TERMS, SPONSOR, address

MOST, MOST_CLIENTS, ONE, TWO_YEARS = 2**96 - 1, 2**16 - 1, 10**9, 2 * 365 * 24 * 3600
LISTS = ("edges", "curve", "goals", "weights")
(CREATE,) = (entry for entry in artifact("CampaignFactory").abi if entry.get("name") == "create")
FIELDS = [field["name"] for field in CREATE["inputs"][0]["components"]]
OWNER, OPERATOR = address("owner0"), address("edge0")
LISTED = {"listed_owners": True, "weights": [(OWNER, 1)]}
MATCHED = {"sponsor": SPONSOR, "match": 1}
UNDERWRITTEN = {"sponsor": SPONSOR, "underwritten": True}
SEALED = {"sealed": True, "stake": 1, "absence_window": 1}
PHASES = {"commit_end": START + 10, "reveal_end": START + 20, "settle_end": START + 30}
STEPS = list(SOME_TERMS.quality)
FREE = {"ceiling": 0, "edges": [(OPERATOR, 2, 0, 0, 0)]}

Changes = dict[str, Any]


@dataclass(frozen=True)
class Bound:
    """Changes of some terms: within the bound, beyond it, and the sentence of the refusal."""

    field: str
    within: Changes
    beyond: Changes
    sentence: str

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence}"


def bound(field: str, within: Any, beyond: Any, sentence: str, **besides: Any) -> Bound:
    """A bound of one field, ``besides`` what else is needed to reach it."""
    return Bound(field, besides | {field: within}, besides | {field: beyond}, f"create: {sentence}")


def edge(operator: str = OPERATOR, capacity: int = 2, fee: int = 0, ceiling: int = 20, parent: int = 0) -> Any:
    return operator, capacity, fee, ceiling, parent


def goals(*entries: tuple[int, int]) -> list[int]:
    """A goal table of (least weight, rounds)."""
    return [weight << 16 | rounds for weight, rounds in entries]


BOUNDS = [
    bound("commit_end", START + 1, START, "commit phase is over"),
    bound("reveal_end", START + 11, START + 10, "phases out of order", **PHASES),
    bound("settle_end", START + 21, START + 20, "phases out of order", **PHASES),
    bound("settle_end", START + TWO_YEARS, START + TWO_YEARS + 1, "settlement more than two years away"),
    bound("round_limit", 1, 0, "a time limit is zero"),
    bound("delivery_window", 1, 0, "a time limit is zero"),
    bound("round_limit", TWO_YEARS, TWO_YEARS + 1, "round limit over two years"),
    bound("veto_window", TWO_YEARS, TWO_YEARS + 1, "veto window over two years"),
    bound("delivery_window", TWO_YEARS, TWO_YEARS + 1, "delivery window over two years"),
    bound("unaccepted", 1, 0, "unaccepted rounds out of range"),
    bound("unaccepted", 256, 257, "unaccepted rounds out of range"),
    bound("absence_window", 1, 0, "absence window out of range", sealed=True, stake=1),
    bound("absence_window", 32, TWO_YEARS + 1, "absence window out of range", sealed=True, stake=1),
    bound("absence_window", 32, 2**256 - 1, "absence window out of range", sealed=True, stake=1),
    bound("absence_window", 32, 33, "settle phase too short for absent books", sealed=True, stake=1),
    bound("token", TOKEN, address("nothing there"), "no token at this address"),
    bound("coordinator", OWNER, NOBODY, "no coordinator"),
    bound("min_cohort", 1, 0, "min_cohort not in 1..cohort"),
    bound("min_cohort", 3, 4, "min_cohort not in 1..cohort", cohort=3),
    bound("cohort", 2**20, 2**20 + 1, "cohort over 2**20"),
    bound("tick", 1, 0, "tick out of range"),
    bound("tick", MOST, MOST + 1, "tick out of range", **FREE),
    bound("ceiling", 2**48 - 2, 2**48 - 1, "ceiling out of range", tick=1, book_bond=MOST),
    bound("ceiling", 1, 2, "ceiling out of range", tick=2**95 - 1, book_bond=MOST, edges=[edge(ceiling=1)]),
    bound("coordinator_fee", MOST, MOST + 1, "coordinator fee out of range"),
    bound("tolerance", ONE, ONE + 1, "tolerance above all client-rounds"),
    bound("match", ONE, ONE + 1, "match above the whole cost", sponsor=SPONSOR, **LISTED),
    bound("match", 0, 1, "matched and underwritten", **UNDERWRITTEN, **LISTED),
    bound(
        "sealed", False, True, "the rule vcg needs the costs of all clients", absence_window=1, **UNDERWRITTEN, **LISTED
    ),
    bound("stake", 1, 0, "stake out of range", sealed=True, absence_window=1),
    bound("stake", MOST, MOST + 1, "stake out of range", sealed=True, absence_window=1),
    bound("stake", 0, 1, "stake out of range"),
    bound("sponsor", SPONSOR, NOBODY, "a sponsor exactly when there is a promise", match=1, **LISTED),
    bound("sponsor", SPONSOR, NOBODY, "a sponsor exactly when there is a promise", underwritten=True, **LISTED),
    bound("sponsor", NOBODY, SPONSOR, "a sponsor exactly when there is a promise"),
    bound("owner_bond", 1, 0, "anybody may bid without a bond"),
    bound("listed_owners", True, False, "anybody may bid without a bond", owner_bond=0, weights=[(OWNER, 1)]),
    bound("book_bond", 200, 199, "book bond below the ceiling", ceiling=20, tick=10),
    bound("book_bond", MOST, MOST + 1, "bond out of range"),
    bound("owner_bond", MOST, MOST + 1, "bond out of range"),
    bound("edge_bond", MOST, MOST + 1, "bond out of range"),
    bound("coordinator_bond", MOST, MOST + 1, "bond out of range"),
    bound("coordinator_bond", 64, 63, "coordinator bond below one unit per owner"),
    bound("rounds", 4, 2**256 - 1, "curve and rounds differ"),
    Bound("rounds", {"rounds": 4}, {"rounds": 0, "curve": []}, "create: curve and rounds differ"),
    bound("curve", quality_words(STEPS), [*quality_words(STEPS), 0], "curve and rounds differ"),
    bound("curve", quality_words(STEPS), [], "curve and rounds differ"),
    bound("rounds", 4, 3, "curve and rounds differ"),
    bound("curve", quality_words([ONE // 4] * 4), quality_words([1, ONE - 1, 0, 0]), "quality increases"),
    bound("curve", quality_words(STEPS), quality_words([*STEPS[:3], STEPS[3] - 1]), "quality does not sum to 10**9"),
    bound("curve", quality_words(STEPS), quality_words([*STEPS[:3], STEPS[3] + 1]), "quality does not sum to 10**9"),
    bound("goals", goals((1, 1)), [], "no goal"),
    bound("goals", goals((1, 1)), goals((0, 1)), "weights of the goals do not rise"),
    bound("goals", goals((2, 1), (3, 1)), goals((2, 1), (2, 1)), "weights of the goals do not rise"),
    bound("goals", goals((2**38 - 1, 1)), goals((2**38, 1)), "weights of the goals do not rise"),
    bound("goals", goals((1, 1)), goals((1, 0)), "goal not in 1..rounds"),
    bound("goals", goals((1, 4)), goals((1, 5)), "goal not in 1..rounds"),
    bound("goals", goals((1, 1), (8, 2)), goals((1, 1), (9, 2)), "a goal is not truthful"),
    bound("edges", [edge()], [], "no edges"),
    bound("edges", [edge(OWNER)], [edge(NOBODY)], "edge without operator"),
    bound("edges", [edge(capacity=MOST_CLIENTS)], [edge(capacity=MOST_CLIENTS + 1)], "edge capacity over 65535"),
    bound("edges", [edge(ceiling=20)], [edge(ceiling=21)], "edge ceiling above the highest", ceiling=20),
    bound("edges", [edge()], [edge(parent=1)], "edge below a later one"),
    bound("edges", [edge(), edge(parent=1)], [edge(), edge(parent=2)], "edge below a later one"),
    bound("edges", [edge(fee=20)], [edge(fee=21)], "edge fees above its ceiling"),
    bound(
        "edges",
        [edge(fee=1), edge(fee=19, parent=1)],
        [edge(fee=1), edge(fee=20, parent=1)],
        "edge fees above its ceiling",
    ),
    bound("edges", [edge(fee=1)], [edge(fee=1), edge(fee=2**256 - 1, parent=1)], "edge fees above its ceiling"),
    bound("weights", [(OWNER, 1)], [(OWNER, 0)], "weight out of range", listed_owners=True),
    bound("weights", [(OWNER, 2**32 - 1)], [(OWNER, 2**32)], "weight out of range", listed_owners=True),
    bound("listed_owners", True, False, "weights or a sponsor without listed owners", weights=[(OWNER, 1)]),
    Bound("sponsor", MATCHED | LISTED, MATCHED, "create: weights or a sponsor without listed owners"),
    bound("weights", [(OWNER, 1)], [], "an invitation without a list", listed_owners=True),
]


def arguments(changes: Changes) -> tuple[Any, ...]:
    """What ``create`` takes for some terms with changes, in the contract's own units."""
    head, *lists, store = creation_arguments(SOME_TERMS)
    given = dict(zip(FIELDS, head, strict=True)) | dict(zip(LISTS, lists, strict=True)) | changes
    return tuple(given[name] for name in FIELDS), *(given[name] for name in LISTS), store


def refusal(machine: Machine, factory: str, changes: Changes) -> str | None:
    """The sentence with which the factory refuses; None if it creates a campaign."""
    try:
        machine.call("CampaignFactory", factory, "create", *arguments(changes), sender=INITIATOR)
    except Reverted as error:
        return str(error)
    return None
