"""Terms that can never work or that mislead: everything that is wrong with them, by field, before anything is created.

The factory refuses what the contract could not keep, and ``terms_file`` what is no value of its field. Here is the
rest: what both would accept and nobody could train, settle or agree to.
"""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any, Final

from cofund.campaign.tasks import plan_of
from cofund.campaign.terms_file import TokenFacts
from cofund.errors import InputError
from cofund.market.term_forms import seconds
from cofund.market.terms import MAX_EDGES, MAX_OWNERS, NOBODY
from cofund.market.validation import shortened
from cofund.training.aggregate import MAX_UPDATES_PER_ROUND
from cofund.training.engines.nvflare.layout import COORDINATOR, NAME
from cofund.training.tasks.named import campaign_task, is_own, known, packaged_task

SHORTEST_S: Final = 60
"""A phase or window below this is over before anybody who looks at the chain once a minute has seen it. The veto window
may be any, and 0: then nobody can veto, which ``unusual_terms`` says."""

PARTIES: Final = ("edges", "owners", "clients")
MOST_WORDS, MOST_UNIT = 200, 32
"""Characters of a name, and of a token's symbol."""

Problem = tuple[str, str]
"""A field's path, and what is wrong there."""


def problems(document: dict[str, Any], unread: Collection[str] = ()) -> list[Problem]:
    """What is wrong with terms whatever the chain and the machine; no code of a task is loaded.

    Args:
        document: as ``terms_file`` reads it.
        unread: sections in which something was refused already: nothing that follows from them is said.
    """
    return [found for check, needs in CHECKS if needs.isdisjoint(unread) for found in check(document)]


def token_problems(document: dict[str, Any], token: TokenFacts) -> list[Problem]:
    """How the terms differ from what the token says of itself; another symbol is only worth a line, ``token_lines``."""
    said, found = document["token"]["decimals"], token.decimals
    if found is None:
        return [] if said == 0 else [("token.decimals", f"the terms say {said}, the token says nothing of decimals")]
    if found != said:
        return [("token.decimals", f"the terms say {said}, the token {found}: amounts would be other than typed")]
    return []


def token_lines(document: dict[str, Any], token: TokenFacts) -> tuple[str, ...]:
    """That the token has another symbol than the terms, in words."""
    unit = document["token"]["unit"]
    if not unit or unit == token.symbol:
        return ()
    itself = "does not say its symbol" if token.symbol is None else f"calls itself {token.symbol!a} ({token.name!a})"
    return (f"the terms call the token {unit!a}, the token {itself}",)


def clock_problems(document: dict[str, Any], now: int) -> list[Problem]:
    """Whether anybody has time to bid; ``now`` by the chain's clock."""
    left = seconds(document["phases"]["commit_end"]) - now
    if left >= SHORTEST_S:
        return []
    when = "it is over" if left <= 0 else f"it ends in {left} seconds"
    return [("phases.commit_end", f"expected at least {SHORTEST_S} seconds from the chain's time; {when}")]


def task_problems(document: dict[str, Any], folder: Path) -> list[Problem]:
    """Whether the task can be loaded here, and knows the invited clients.

    Args:
        document: terms without ``problems``.
        folder: of the TERMS.toml; code of a task of your own is looked for there too.
    """
    training = document["training"]
    if training is None:
        return []
    name = training["task"]
    try:
        with _importing_from(folder):
            found = _loaded(name)
    except InputError as error:
        return [("training.task", error.expected)]
    if is_own(name) or not document["clients"]:
        return []
    try:
        found.federation([party["id"] for party in document["clients"]])
    except InputError as error:
        return [("clients", f"the task {name} knows no client {error.field}: expected {error.expected}")]
    return []


def _loaded(name: str) -> Any:
    """The task, or the function that gives one (``cofund client run``).

    Raises:
        InputError: it cannot be loaded.
    """
    try:
        return campaign_task(name)
    except InputError:
        function = _attribute(*name.split(":", 1)) if is_own(name) else None
        if callable(function) and not isinstance(function, type):
            return function
        raise


def _attribute(module: str, attribute: str) -> Any:
    """What a module that is loaded has under a name; None if it has nothing there, or does not give it."""
    with suppress(Exception, SystemExit):
        return getattr(sys.modules.get(module), attribute, None)
    return None


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Look for modules beside the terms too; what they print is no result of ours."""
    places = [str(folder.resolve()), str(Path.cwd())]
    sys.path[:0] = places
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        for place in places:
            sys.path.remove(place)


def _ids(document: dict[str, Any]) -> Iterator[Problem]:
    """Ids that are no names of files everywhere, that look like another one, or that occur twice."""
    seen: dict[str, str] = {}
    for kind in PARTIES:
        for at, party in enumerate(document[kind]):
            path, name = f"{kind}[{at}].id", party["id"]
            if not NAME.fullmatch(name):
                what = "letters from a to z, digits, _ and -, at most 41, as training needs them"
                yield path, f"expected {what}; got {shortened(name)} (name may be anything)"
            same = name.casefold()
            if same == COORDINATOR:
                yield path, f"expected another id than {name}: so training calls the coordinator"
            if same in seen:
                yield path, f"expected an id of its own, got {shortened(name)}, which is that of {seen[same]}"
            seen.setdefault(same, f"{kind}[{at}]")


def _words(document: dict[str, Any]) -> Iterator[Problem]:
    """What people read: there, and no longer than a line."""
    if not document["name"].strip():
        yield "name", "expected what the campaign is called"
    words = {"name": document["name"]}
    words |= {f"{kind}[{at}].name": party["name"] for kind in PARTIES for at, party in enumerate(document[kind])}
    for path, text in words.items():
        if len(text) > MOST_WORDS:
            yield path, f"expected at most {MOST_WORDS} characters, got {len(text):,}"
    if len(document["token"]["unit"]) > MOST_UNIT:
        yield "token.unit", f"expected at most {MOST_UNIT} characters, got {len(document['token']['unit']):,}"


def _nobody(document: dict[str, Any]) -> Iterator[Problem]:
    """The zero address, for which nobody can sign."""
    accounts = {"token.address": document["token"]["address"], "coordinator": document["coordinator"]}
    accounts |= {f"edges[{at}].operator": edge["operator"] for at, edge in enumerate(document["edges"])}
    for kind in ("owners", "clients"):
        accounts |= {f"{kind}[{at}].account": party["account"] for at, party in enumerate(document[kind])}
    for path, account in accounts.items():
        if account == NOBODY:
            yield path, "expected an account, got the zero address"


def _accounts(document: dict[str, Any]) -> Iterator[Problem]:
    """Accounts that are invited twice in the same role: the contract gives each one place."""
    for kind in ("owners", "clients"):
        seen: dict[str, int] = {}
        for at, party in enumerate(document[kind]):
            account = party["account"]
            if account in seen:
                yield f"{kind}[{at}].account", f"expected an account of its own, got that of {kind}[{seen[account]}]"
            seen.setdefault(account, at)


def _places(document: dict[str, Any]) -> Iterator[Problem]:
    market, edges = document["market"], document["edges"]
    places = sum(edge["capacity"] for edge in edges)
    if market["min_cohort"] > market["cohort"]:
        yield "market.min_cohort", f"expected at most the cohort, {market['cohort']}, got {market['min_cohort']}"
    if places < market["min_cohort"]:
        yield "edges", f"expected room for min_cohort, {market['min_cohort']} clients; all capacities are {places}"
    if len(edges) > MAX_EDGES:
        yield "edges", f"expected at most {MAX_EDGES}, got {len(edges)}"
    for at, edge in enumerate(edges):
        if not edge["capacity"]:
            yield f"edges[{at}].capacity", "expected at least 1, got 0: nobody could train there"
        if int(edge["fee"]) > int(market["ceiling"]):
            yield f"edges[{at}].fee", f"expected at most the ceiling, {market['ceiling']}, got {edge['fee']}"
    names = [edge["id"] for edge in edges]
    for at, client in enumerate(document["clients"]):
        if client["edge"] not in names:
            yield f"clients[{at}].edge", f"expected one of {', '.join(names)}, got {client['edge']!a}"
    if market["goal"] > len(document["quality"]):
        yield "market.goal", f"expected at most the rounds on offer, {len(document['quality'])}, got {market['goal']}"


def _owners(document: dict[str, Any]) -> Iterator[Problem]:
    owners, listed = document["owners"], document["market"]["listed_owners"]
    if listed and not owners:
        yield "owners", "expected at least one: with listed_owners nobody else may bid"
    if len(owners) > MAX_OWNERS:
        yield "owners", f"expected at most {MAX_OWNERS}, got {len(owners)}"
    for at, owner in enumerate(owners):
        if owner["weight"] > 1 and not listed:
            why = "a heavy owner would pay less from an account that is not named"
            yield f"owners[{at}].weight", f"expected 1, or market.listed_owners = true: {why}"


def _phases(document: dict[str, Any]) -> Iterator[Problem]:
    phases = document["phases"]
    commit, reveal, settle = (seconds(phases[name]) for name in ("commit_end", "reveal_end", "settle_end"))
    for name, length in (("reveal_end", reveal - commit), ("settle_end", settle - reveal)):
        if length < SHORTEST_S:
            yield f"phases.{name}", f"expected at least {SHORTEST_S} seconds after the phase before, got {length}"
    for name in ("round_limit_s", "delivery_window_s"):
        if phases[name] < SHORTEST_S:
            yield f"phases.{name}", f"expected at least {SHORTEST_S} seconds, got {phases[name]}"


def _training(document: dict[str, Any]) -> Iterator[Problem]:
    training = document["training"]
    if training is None:
        return
    rounds = len(document["quality"])
    if training["rounds"] != rounds:
        yield "training.rounds", f"expected {rounds}, the rounds of the quality curve, got {training['rounds']}"
    together = training["edge_rounds"] * document["market"]["cohort"]
    if together > MAX_UPDATES_PER_ROUND:
        yield "training.edge_rounds", f"expected, times the cohort, at most {MAX_UPDATES_PER_ROUND:,}, got {together:,}"
    if not is_own(training["task"]) and not packaged_task(training["task"]):
        yield "training.task", f"expected {known()}, got {training['task']!a}"
    try:
        plan_of(training)
    except InputError as error:
        yield f"training.{error.field}", f"expected {error.expected}"


CHECKS: Final = (
    (_words, {"name", "token", "edges", "owners", "clients"}),
    (_ids, {"edges", "owners", "clients"}),
    (_nobody, {"token", "coordinator", "edges", "owners", "clients"}),
    (_accounts, {"owners", "clients"}),
    (_places, {"token", "market", "edges", "clients", "quality"}),
    (_owners, {"owners", "market"}),
    (_phases, {"phases"}),
    (_training, {"training", "quality", "market"}),
)
"""Every check, and the sections that it looks at."""
