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
from cofund.market.term_forms import goal_table, seconds
from cofund.market.terms import MAX_BOOK, MAX_COHORT, MAX_EDGES, MAX_GOALS, MAX_OWNERS, MAX_SEALED, NOBODY
from cofund.market.validation import shortened, validate_goals
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
    """Room for the fewest clients, at the edges and in books that one transaction can open."""
    market, edges = document["market"], document["edges"]
    fewest, places = market["min_cohort"], sum(edge["capacity"] for edge in edges if edge["parent"] is None)
    if fewest > market["cohort"]:
        yield "market.min_cohort", f"expected at most the cohort, {market['cohort']}, got {fewest}"
    if market["cohort"] > MAX_COHORT:
        yield "market.cohort", f"expected at most {MAX_COHORT:,}, got {market['cohort']:,}"
    if places < fewest:
        yield "edges", f"expected room for min_cohort, {fewest} clients; all capacities are {places}"
    sealed, operators = document["sealed"]["books"], {edge["operator"] for edge in edges}
    listed = MAX_SEALED * len(edges) if sealed else MAX_BOOK * len(operators)
    if fewest > listed:
        yield (
            "market.min_cohort",
            f"expected at most {listed:,}, as many as all books together can list, got {fewest:,}",
        )
    if len(edges) > MAX_EDGES:
        yield "edges", f"expected at most {MAX_EDGES}, got {len(edges)}"
    names = [edge["id"] for edge in edges]
    for at, client in enumerate(document["clients"]):
        if client["edge"] not in names:
            yield f"clients[{at}].edge", f"expected one of {', '.join(names)}, got {client['edge']!a}"


def _edges(document: dict[str, Any]) -> Iterator[Problem]:
    """Room at every edge, and fees that leave something."""
    highest, fees = int(document["market"]["ceiling"]), dict[str, int]()
    for at, edge in enumerate(document["edges"]):
        path, ceiling, parent = f"edges[{at}]", int(edge["ceiling"]), edge["parent"]
        if not edge["capacity"]:
            yield f"{path}.capacity", "expected at least 1, got 0: nobody could train there"
        if ceiling > highest:
            yield f"{path}.ceiling", f"expected at most that of the market, {highest}, got {ceiling}"
        above = fees.get(parent, 0)
        if above + int(edge["fee"]) > ceiling:
            all_fees = f" with the fees above it, {above}" if above else ""
            yield f"{path}.fee", f"expected{all_fees} at most its ceiling, {ceiling}, got {edge['fee']}"
        fees[edge["id"]] = above + int(edge["fee"])


def _goals(document: dict[str, Any]) -> Iterator[Problem]:
    """A goal within the rounds, and a table under which nobody gains by a false bid (mechanism.md, 3d)."""
    goal, rounds = document["market"]["goal"], len(document["quality"])
    if isinstance(goal, int):
        if goal > rounds:
            yield "market.goal", f"expected at most the rounds on offer, {rounds}, got {goal}"
        return
    if len(goal) > MAX_GOALS:
        yield "market.goal", f"expected at most {MAX_GOALS} entries, got {len(goal)}"
    try:
        validate_goals(goal_table(goal), document["quality"])
    except InputError as error:
        yield f"market.{error.field.replace('goals', 'goal', 1)}", error.expected


def _promises(document: dict[str, Any]) -> Iterator[Problem]:
    """A sponsor and sealed books, where the contract can keep what they promise."""
    market, sealed, phases = document["market"], document["sealed"], document["phases"]
    if market["sponsor"] and not market["listed_owners"]:
        yield "market.listed_owners", "expected true: else a sponsor pays for whoever comes under another name"
    if sealed["books"] and market["rule"] == "vcg":
        yield "sealed.books", "expected false: under vcg a client's pay needs the costs of all clients"
    if not sealed["books"]:
        if int(sealed["stake"]):
            yield "sealed.stake", f"expected 0, or sealed.books = true, got {sealed['stake']}"
        return
    if not int(sealed["stake"]):
        yield "sealed.stake", "expected at least 1, got 0: calling an edge absent would be free"
    window = sealed["absence_window_s"]
    if window < SHORTEST_S:
        yield "sealed.absence_window_s", f"expected at least {SHORTEST_S} seconds, got {window}"
    needed = (len(document["edges"]) + 1) * (window + 1)
    phase = seconds(phases["settle_end"]) - seconds(phases["reveal_end"])
    if phase <= needed:
        why = "as each book can end one attempt to settle without it"
        yield "phases.settle_end", f"expected more than {needed} seconds after the phase before, {why}; got {phase}"


def _bonds(document: dict[str, Any]) -> Iterator[Problem]:
    """Bonds that cost what silence could move."""
    bonds, market = document["bonds"], document["market"]
    if int(bonds["book"]) < int(market["ceiling"]):
        why = "by so much the silence of a book can raise a price"
        yield "bonds.book", f"expected at least the ceiling, {market['ceiling']}: {why}; got {bonds['book']}"
    if not int(bonds["owner"]) and not market["listed_owners"]:
        why = "else empty bids take every place for nothing"
        yield "bonds.owner", f"expected at least 1, or market.listed_owners = true: {why}"


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
    (_places, {"token", "market", "edges", "clients", "sealed"}),
    (_edges, {"token", "market", "edges"}),
    (_goals, {"market", "quality"}),
    (_promises, {"market", "edges", "phases", "sealed"}),
    (_bonds, {"market", "bonds"}),
    (_owners, {"owners", "market"}),
    (_phases, {"phases"}),
    (_training, {"training", "quality", "market"}),
)
"""Every check, and the sections that it looks at."""
