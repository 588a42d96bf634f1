"""``cofund campaign check``: everything that is wrong with terms, by field and at once, before anything is created."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cofund.campaign.publication import digest, terms_of
from cofund.campaign.terms_check import task_problems, token_problems
from cofund.campaign.terms_file import TokenFacts, load_terms, published_document
from cofund.chain.accounts import rehearsal_account
from cofund.errors import InputError
from cofund.market.terms import NOBODY
from operating import CLIENTS, COORDINATOR, EDGES, OWNER, TERMS, cofund

TOKEN = rehearsal_account("operating", "token").address
TRAINING = """
[training]
task = "air-quality"
rounds = 4
local_steps = 2
edge_rounds = 2
learning_rate = 0.1
batch = 32
seed = 1
"""
PLAIN = TERMS.format(
    coordinator=COORDINATOR.address, token=TOKEN, north=EDGES[0].address, south=EDGES[1].address
).replace('tick = "10"', 'tick = "10"\nunit = "rEUR"\ndecimals = 6')


def party(kind: str, name: str, account: str, more: str = "") -> str:
    return f'[[{kind}]]\nid = "{name}"\naccount = "{account}"\n{more}\n'


def client(name: str, edge: str = "north", at: int = 0) -> str:
    return party("clients", name, CLIENTS[at].address, f'edge = "{edge}"')


def owner(name: str, more: str = "") -> str:
    return party("owners", name, OWNER.address, more)


def goals(text: str, *table: tuple[int, int]) -> str:
    entries = ", ".join(f"{{ weight = {weight}, rounds = {rounds} }}" for weight, rounds in table)
    return text.replace("goal = 2", f"goal = [{entries}]")


def sealed(text: str, window: int = 3600) -> str:
    return text + f'[sealed]\nbooks = true\nstake = "10"\nabsence_window_s = {window}\n'


LISTED = ("goal = 2", "goal = 2\nlisted_owners = true")
WRONG: dict[str, Callable[[str], str]] = {
    "edges[0].id: expected letters": lambda t: t.replace('id = "north"', 'id = "Hafen Süd"') + TRAINING,
    "clients[0].id: expected letters": lambda t: t + TRAINING + client("Kai 1"),
    "clients[0].id: expected an id of its own": lambda t: t + client("north"),
    "owners[0].id: expected an id of its own": lambda t: t + owner("south"),
    "clients[1].id: expected an id of its own": lambda t: t + client("a") + client("a", at=1),
    "clients[1].account: expected an account of its own": lambda t: t + client("a") + client("b"),
    "clients[0].edge: expected one of north, south": lambda t: t + client("a", "west"),
    "clients: the task air-quality knows no client a": lambda t: t + TRAINING + client("a"),
    "training.task: expected one of air-quality": lambda t: t + TRAINING.replace("air-quality", "readings"),
    "training.task: cannot load no_module:TASK": lambda t: t + TRAINING.replace("air-quality", "no_module:TASK"),
    "training.task: expected a task at pathlib:Path": lambda t: t + TRAINING.replace("air-quality", "pathlib:Path"),
    "training.learning_rate: expected a number": lambda t: t + TRAINING.replace("0.1", '"fast"'),
    "training.learning_rate: expected a positive": lambda t: t + TRAINING.replace("0.1", "-0.1"),
    "training.batch: expected an integer": lambda t: t + TRAINING.replace("32", "32.5"),
    "training.batch: expected at least 1": lambda t: t + TRAINING.replace("32", "0"),
    "training.rounds: expected 4": lambda t: t + TRAINING.replace("rounds = 4", "rounds = 3", 1),
    "training.seed: expected a value": lambda t: t + TRAINING.replace("seed = 1", ""),
    "training.momentum: unknown field": lambda t: t + TRAINING + "momentum = 1\n",
    "edges: expected room for min_cohort, 2": lambda t: t[: t.rindex("[[")].replace("capacity = 2", "capacity = 1"),
    "market.min_cohort: expected at most the cohort": lambda t: t.replace("cohort = 2", "cohort = 1", 1),
    "market.goal: expected at most the rounds": lambda t: t.replace("goal = 2", "goal = 5"),
    "market.goal[0].rounds: expected a whole number from 1": lambda t: goals(t, (1, 0)),
    "market.goal[1].weight: expected a whole number from 4": lambda t: goals(t, (3, 2), (3, 4)),
    "market.goal[1].rounds: expected a whole number from 1 to 4": lambda t: goals(t, (1, 2), (5, 5)),
    "market.goal[1].rounds: expected at weight 2 a goal whose quality costs": lambda t: goals(t, (1, 1), (2, 4)),
    "market.goal: expected at most 16 entries, got 17": lambda t: goals(t, *((at, 2) for at in range(1, 18))),
    "market.cohort: expected at most 1,048,576": lambda t: t.replace("cohort = 2", f"cohort = {2**20 + 1}", 1),
    "market.listed_owners: expected true": lambda t: t.replace("goal = 2", f'match = 5\nsponsor = "{OWNER.address}"'),
    "edges[0].fee: expected at most its ceiling": lambda t: t.replace('fee = "100"', 'fee = "1010"'),
    "edges[1].fee: expected with the fees above it, 100 at most its ceiling, 140": lambda t: (
        t.replace('fee = "50"', 'fee = "50"\nceiling = "140"\nparent = "north"')
    ),
    "edges[1].ceiling: expected at most that of the market": lambda t: (
        t.replace('fee = "50"', 'fee = "50"\nceiling = "1010"')
    ),
    "edges[0].parent: expected the id of an edge that is listed before it, got 'south'": lambda t: (
        t.replace('fee = "100"', 'fee = "100"\nparent = "south"')
    ),
    "edges[1].parent: expected the id of an edge that is listed before it, got 'south'": lambda t: (
        t.replace('fee = "50"', 'fee = "50"\nparent = "south"')
    ),
    "edges[0].capacity: expected a whole number from 0 to 65535": lambda t: (
        t.replace("capacity = 2", "capacity = 65_536")
    ),
    "bonds.book: expected at least the ceiling, 1000": lambda t: (
        t.replace('owner = "50"', 'owner = "50"\nbook = "990"')
    ),
    "bonds.owner: expected at least 1": lambda t: t.replace('owner = "50"', 'owner = "0"'),
    "market.min_cohort: expected at most 4,096": lambda t: (
        sealed(t).replace("cohort = 2", "cohort = 5_000").replace("capacity = 2", "capacity = 5_000")
    ),
    "sealed.books: expected false": lambda t: sealed(t.replace("goal = 2", 'goal = 2\nrule = "vcg"')),
    "sealed.absence_window_s: expected at least 60": lambda t: sealed(t, window=59),
    "sealed.stake: expected at least 1": lambda t: sealed(t).replace('stake = "10"', 'stake = "0"'),
    "sealed.stake: expected 0": lambda t: t + '[sealed]\nstake = "1"\n',
    "phases.settle_end: expected more than 86403 seconds": lambda t: sealed(t, window=28_800),
    "owners: expected at least one": lambda t: t.replace(*LISTED),
    "owners[0].weight: expected 1, or market.listed_owners": lambda t: t + owner("o", "weight = 2"),
    "phases.reveal_end: expected at least 60": lambda t: t.replace("01-03T00:00:00Z", "01-02T00:00:01Z"),
    "phases.settle_end: expected at least 60": lambda t: t.replace("01-04T00:00:00Z", "01-03T00:00:59Z"),
    "phases.round_limit_s: expected at least 60": lambda t: t.replace("limit_s = 86_400", "limit_s = 1"),
    "phases.delivery_window_s: expected at least": lambda t: t.replace("very_window_s = 86_400", "very_window_s = 59"),
    "token.decimals: expected a whole number from 0 to 28": lambda t: t.replace("decimals = 6", "decimals = 255"),
    "market.ceilling: unknown field; expected one of": lambda t: t.replace("goal = 2", "goal = 2\nceilling = 5"),
    "bond: unknown field; expected one of": lambda t: t.replace("[bonds]", "[bond]"),
    "name: expected what the campaign is called": lambda t: t.replace("Small campaign", " "),
    "name: expected at most 200 characters, got 201": lambda t: t.replace("Small campaign", 201 * "x"),
    "owners[0].id: expected letters": lambda t: t + owner("../o"),
    "edges[1].id: expected letters": lambda t: t.replace('"south"', '"n\u043erth"'),
    "edges[1].id: expected an id of its own, got 'North'": lambda t: t.replace('"south"', '"North"'),
    "edges[0].id: expected another id than coordinator": lambda t: t.replace('"north"', '"coordinator"'),
    "edges[1].capacity: expected at least 1": lambda t: t.replace("capacity = 1", "capacity = 0"),
    "edges: expected at most 64, got 65": lambda t: t + 63 * ("[[edges]]" + t.split("[[edges]]")[2]),
    "edges[0].operator: expected an account": lambda t: t.replace(EDGES[0].address, NOBODY),
    "coordinator: expected an account": lambda t: t.replace(COORDINATOR.address, NOBODY),
    "token.address: expected an account": lambda t: t.replace(TOKEN, NOBODY),
    "owners[0].account: expected an account, got": lambda t: t + party("owners", "o", NOBODY),
    "clients[0].account: expected an account, got": lambda t: t + party("clients", "c", NOBODY, 'edge = "north"'),
    "training.edge_rounds: expected, times the cohort, at most 16,384, got 16,386": lambda t: (
        t + TRAINING.replace("edge_rounds = 2", "edge_rounds = 8193")
    ),
    "training.learning_rate: expected a number, got a": lambda t: t + TRAINING.replace("0.1", "1" + 400 * "0"),
    "phases.commit_end: expected a time from 1970": lambda t: t.replace("2026-01-02T00:00:00Z", "0001-01-01T00:00:00Z"),
    "phases.settle_end: expected a time from 1970": lambda t: t.replace("2026-01-04T00", "9999-12-31T23:59:59-01:00#"),
}  # fmt: skip


def soon(text: str) -> str:
    """The same with phases that are still to come."""
    for day in (2, 3, 4):
        end = datetime.now(UTC) + timedelta(days=day)
        text = text.replace(f"2026-01-0{day}T00:00:00Z", f"{end:%Y-%m-%dT%H:%M:%SZ}")
    return text


def check(folder: Path, text: str, *more: str) -> tuple[int, str]:
    (folder / "TERMS.toml").write_text(text)
    return cofund("campaign", "check", folder / "TERMS.toml", *more)


@pytest.fixture(autouse=True)
def _no_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ETH_RPC_URL", raising=False)


@pytest.mark.parametrize("says", WRONG)
def test_terms_that_cannot_work_are_refused_by_field(says: str, tmp_path: Path) -> None:
    code, printed = check(tmp_path, WRONG[says](PLAIN))
    assert (code, says in printed) == (2, True), printed


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = (
        PLAIN.replace('fee = "50"', 'fee = "x"').replace("goal = 2", "goal = 0").replace("round_limit_s = 86_400", "")
    )
    code, printed = check(tmp_path, text + TRAINING.replace("32", "true") + client("a") + client("a", at=1))
    assert code == 2
    for field in (
        "market.goal",
        "phases.round_limit_s",
        "edges[1].fee",
        "training.batch",
    ):
        assert f"\n  {field}: expected" in printed, printed


def test_fit_terms_are_shown_in_whole_tokens_with_what_is_unusual(tmp_path: Path) -> None:
    text = soon(PLAIN) + client("a") + owner("o")
    code, printed = check(tmp_path, text)
    assert code == 0, printed
    assert "price       at most 0.001 rEUR a client-round, edge fees included" in printed
    assert "owners      anybody may bid, everybody weighs the same" in printed
    assert "unusual: the veto window is 0: no owner can refuse a round" in printed
    found = json.loads(check(tmp_path, text, "--json")[1])
    assert (found["fit"], found["faults"]) == (True, [])


def test_what_the_factory_refuses_is_said_too(tmp_path: Path) -> None:
    code, printed = check(tmp_path, soon(PLAIN).replace('coordinator = "100"', 'coordinator = "1"'))
    assert (code, "coordinator bond below one unit per owner" in printed) == (2, True), printed


def test_a_task_beside_the_terms_is_found_and_one_that_raises_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "beside_terms.py").write_text("def TASK(plan, client): ...\nclass BAD: ...\n")
    (tmp_path / "raising_terms.py").write_text("raise RuntimeError('no GPU')\n")
    document = {"training": {"task": "beside_terms:TASK"}, "clients": []}
    assert task_problems(document, tmp_path) == []
    document["training"] = {"task": "beside_terms:BAD"}
    assert task_problems(document, tmp_path)
    (tmp_path / "ending_terms.py").write_text("print('loaded'); raise SystemExit(0)\n")
    document["training"] = {"task": "ending_terms:TASK"}
    ((field, said),) = task_problems(document, tmp_path)
    assert (field, "it ends the program" in said) == ("training.task", True)
    assert "loaded" not in capsys.readouterr().out  # which is for results
    document["training"] = {"task": "raising_terms:TASK"}
    ((field, said),) = task_problems(document, tmp_path)
    assert (field, "cannot load raising_terms:TASK: RuntimeError: no GPU" in said) == ("training.task", True)


@pytest.mark.parametrize(("terms", "token", "fit"), [(6, 6, True), (0, None, True), (6, None, False), (6, 8, False)])
def test_decimals_are_those_of_the_token(terms: int, token: int | None, fit: bool) -> None:
    document = {"token": {"unit": "EUR", "decimals": terms}}
    assert (not token_problems(document, TokenFacts("Euro", "EUR", token))) is fit


def read(folder: Path, text: str) -> dict[str, Any]:
    (folder / "TERMS.toml").write_text(text)
    return load_terms(folder / "TERMS.toml", OWNER.address)


def test_one_goal_for_any_weight_is_a_number_however_it_is_written(tmp_path: Path) -> None:
    tables = {((1, 2),): 2, ((1, 2), (3, 4)): [{"weight": 1, "rounds": 2}, {"weight": 3, "rounds": 4}]}
    for table, written in tables.items():
        made = read(tmp_path, goals(PLAIN, *table))
        assert (made["market"]["goal"], terms_of(made).goal_table()) == (written, table)


def test_an_edge_has_the_ceiling_of_the_market_unless_it_says_another(tmp_path: Path) -> None:
    made = read(tmp_path, PLAIN.replace('fee = "50"', 'fee = "50"\nceiling = "500"\nparent = "north"'))
    north, south = terms_of(made).edges
    assert (north.ceiling, north.parent, south.ceiling, south.parent) == (1000, None, 500, "north")
    assert (made["bonds"]["book"], made["sealed"]["books"]) == ("1000", False)


def test_terms_of_protocol_0_1_are_refused_with_the_version_that_reads_them() -> None:
    with pytest.raises(
        InputError, match=r'expected "cofund.terms/2" \(cofund.terms/1 is read by cofund at commit 840515f'
    ):
        published_document("terms.json", b'{"schema": "cofund.terms/1"}')


def document(folder: Path) -> dict[str, object]:
    (folder / "TERMS.toml").write_text(PLAIN + TRAINING + client("a") + owner("o"))
    return load_terms(folder / "TERMS.toml", OWNER.address)


def test_a_published_document_is_read_as_it_is(tmp_path: Path) -> None:
    made = document(tmp_path)
    again = published_document("terms.json", json.dumps(made).encode())
    assert digest(again) == digest(made)


OTHER: dict[str, tuple[str, object]] = {
    "note: unknown field": ("note", "the fee is 0"),
    "phases.commit_end: expected": ("phases.commit_end", "2026-01-02T01:00:00+01:00"),
    "token.tick: expected": ("token.tick", 10),
    "token.decimals: expected an integer": ("token.decimals", "6"),
    "market.sponsor: expected": ("market.sponsor", ""),
    "market.goal: expected 2": ("market.goal", [{"weight": 1, "rounds": 2}]),
    "sealed: expected a table": ("sealed", None),
    "training.learning_rate: expected a number": ("training.learning_rate", "0.1"),
    "edges[0].operator: expected": ("edges", [{"operator": 1}]),
    "name: expected printable": ("name", "two\nlines"),
    "quality[0]: expected an integer": ("quality", ["1"]),
}


@pytest.mark.parametrize("says", OTHER)
def test_a_document_that_says_it_in_another_way_is_none(says: str, tmp_path: Path) -> None:
    """So a digest stands for one set of terms, written in one way."""
    path, value = OTHER[says]
    made = document(tmp_path)
    section, _, name = path.partition(".")
    made[section] = made[section] | {name: value} if name else value  # type: ignore[operator]
    with pytest.raises(InputError) as refused:
        published_document("terms.json", json.dumps(made).encode())
    assert says in f"{refused.value}"
