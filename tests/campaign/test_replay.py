"""``cofund verify --replay`` aggregates every round again and names the client, edge or coordinator that is wrong."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cofund import merkle
from cofund.campaign.replay import inclusion, replay
from cofund.campaign.text import render
from cofund.cli.main import cli
from cofund.errors import CheckFailed, InputError
from cofund.training import checkpoints, robust, updates
from cofund.training.edge import EdgeResult
from cofund.training.engine import Answers
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.keeping import Keeping
from cofund.training.engines.unreliable import Outage, Unreliable
from cofund.training.hierfavg import Round, train_rounds
from cofund.training.model import Model, model_digest
from cofund.training.plan import Federation, Plan
from cofund.training.recompute import RecomputedTraining, recompute_round
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import federation
from cofund.training.updates import KeptRound

CLIENTS = ("DEBB053", "DEBB075", "DEBE032", "DENI019", "DENI051")
PLAN = Plan(local_steps=2, edge_rounds=2, rounds=3, seed=5)


@pytest.fixture
def folder(demo_folder: Path, tmp_path: Path) -> Path:
    """A copy of what the demonstration left behind."""
    for name in ("updates", "checkpoints"):
        shutil.copytree(demo_folder / name, tmp_path / name)
    for name in ("record.json", "alone.json"):
        shutil.copy(demo_folder / name, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def members() -> Federation:
    return federation(CLIENTS, history_days=365)


def verify(folder: Path, *options: str) -> Any:
    return CliRunner().invoke(cli, ["verify", str(folder / "record.json"), *options])


def change_total(folder: Path, number: int, at: int) -> str:
    """Add one unit to what an edge handed on; the edge."""
    kept = updates.load(folder / "updates", number)
    wrong = replace(kept.results[at], total=kept.results[at].total + np.eye(1, kept.results[at].total.size, 7, int)[0])
    updates.save(folder / "updates", replace(kept, results=(*kept.results[:at], wrong, *kept.results[at + 1 :])))
    return wrong.edge


def test_everything_right_says_how_much_was_computed_again(folder, demo_record) -> None:
    rounds, accepted = len(demo_record["rounds"]), sum(entry["accepted"] for entry in demo_record["deliveries"])
    edges = {(entry["round"], entry["edge"]) for entry in demo_record["deliveries"]}
    edge_rounds = demo_record["terms"]["training"]["edge_rounds"]
    expected = RecomputedTraining(accepted * edge_rounds, 0, len(edges) * edge_rounds, rounds)
    assert replay(demo_record, folder) == expected
    result = verify(folder, "--replay")
    assert result.exit_code == 0, result.output
    assert f"{expected.updates} updates hashed again" in result.output
    assert f"{expected.sums} sums of edges and {rounds} averages of the coordinator computed again" in result.output


def test_a_flipped_bit_anywhere_in_the_updates_names_its_client_and_round(folder, demo_record) -> None:
    number = 11
    path = updates.path_of(folder / "updates", number)
    kept, data = updates.load(folder / "updates", number), path.read_bytes()
    values = kept.updates[0].change.size
    start = len(data) - values * (4 * len(kept.updates) + 8 * len(kept.results))
    for at in (0, 7, len(kept.updates) - 1):
        for byte, bit in ((0, 0), (4 * values - 1, 7), (2 * values, 3)):
            changed = bytearray(data)
            changed[start + 4 * values * at + byte] ^= 1 << bit
            path.write_bytes(changed)
            with pytest.raises(CheckFailed, match=f"^round {number}: client {kept.updates[at].client}: its updates do"):
                replay(demo_record, folder)


def test_a_wrong_sum_names_its_edge_and_round(folder, demo_record) -> None:
    edge = change_total(folder, 20, 2)
    with pytest.raises(CheckFailed, match=f"^round 20: edge {edge}: what it handed on is not the sum"):
        replay(demo_record, folder)


def test_a_wrong_average_names_the_coordinator(folder, demo_record) -> None:
    demo_record["rounds"][5]["model_digest"] = model_digest(another_model(folder, 6)).hex()
    with pytest.raises(CheckFailed, match=r"^round 6: coordinator: its model is not the average"):
        replay(demo_record, folder)


def another_model(folder: Path, number: int, change: float | None = None) -> Model:
    """Replace a checkpoint: its first array a little larger, or by so much."""
    kept = checkpoints.load(checkpoints.path_of(folder / "checkpoints", number))
    first, *rest = kept.model
    moved = np.nextafter(first, np.float32(np.inf), dtype=np.float32) if change is None else first + np.float32(change)
    model = (moved, *rest)
    checkpoints.save(folder / "checkpoints", replace(kept, model=model, digest=model_digest(model)))
    return model


def test_a_checkpoint_that_is_not_the_one_on_chain_is_named(folder, demo_record) -> None:
    another_model(folder, 6)
    with pytest.raises(CheckFailed, match=r"round-0006.json: not the model of round 6 whose digest is on chain"):
        replay(demo_record, folder)


def test_a_metric_that_its_model_does_not_reach_is_named(folder, demo_record) -> None:
    demo_record["rounds"][6]["metric_ppb"] += 1001
    with pytest.raises(CheckFailed, match=r"rounds\[6\].metric: the checkpoint scores"):
        replay(demo_record, folder)


@pytest.mark.parametrize("column", ["alone", "funded", "final"])
def test_a_gain_that_no_model_reaches_is_named(column, folder, demo_record) -> None:
    demo_record["gains"][0][column] = "0.9999"
    with pytest.raises(CheckFailed, match=rf"gains\[0\].{column}: the model reaches 0\.\d+, recorded is 0.9999"):
        replay(demo_record, folder)


def test_another_model_of_a_site_alone_is_named(folder, demo_record) -> None:
    rows = demo_record["alone"]
    rows[0]["digest"], rows[1]["digest"] = rows[1]["digest"], rows[0]["digest"]
    with pytest.raises(CheckFailed, match=rf"alone.json: not the model of {rows[0]['site']}"):
        replay(demo_record, folder)


def test_a_deeply_nested_checkpoint_is_one_line(folder, demo_record) -> None:
    checkpoints.path_of(folder / "checkpoints", 3).write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"round-0003.json: a checkpoint file"):
        replay(demo_record, folder)


def test_the_first_wrong_round_is_named_by_the_command(folder) -> None:
    change_total(folder, 21, 0)
    edge = change_total(folder, 4, 1)
    error = verify(folder, "--replay").exception
    assert isinstance(error, CheckFailed)
    assert f"round 4: edge {edge}" in str(error)


def truncated(data: bytes) -> bytes:
    return data[:-1]


def another_kind(data: bytes) -> bytes:
    return b"\x93NUMPY" + data


def negative_samples(data: bytes) -> bytes:
    return data.replace(b",1,", b",1,-", 1)


def deep(data: bytes) -> bytes:
    return updates.MAGIC + b"[" * 100_000 + data


@pytest.mark.parametrize("change", [truncated, another_kind, negative_samples, deep])
def test_a_malformed_file_is_one_line_that_names_it(change, folder, demo_record) -> None:
    path = updates.path_of(folder / "updates", 5)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError) as error:
        replay(demo_record, folder)
    assert str(error.value) == f"{path}: expected updates as written by this program (cofund.updates/1)"


def test_a_missing_file_is_one_line_that_names_it(folder, demo_record) -> None:
    path = updates.path_of(folder / "updates", 12)
    path.unlink()
    with pytest.raises(InputError) as error:
        replay(demo_record, folder)
    assert str(error.value) == f"{path}: expected the updates of round 12: there is no such file"


def test_a_file_of_another_round_is_refused(folder, demo_record) -> None:
    shutil.copy(updates.path_of(folder / "updates", 3), updates.path_of(folder / "updates", 2))
    with pytest.raises(InputError, match=r"round-0002\.bin: round: expected 2"):
        replay(demo_record, folder)


@pytest.mark.parametrize("options", [("--client", "DEBB053"), ("--round", "3")])
def test_a_client_and_a_round_belong_together(options, folder) -> None:
    assert "expected together" in str(verify(folder, *options).exception)


def test_a_client_can_prove_that_its_delivery_is_under_the_root_on_chain(folder, demo_record) -> None:
    missing = next(entry for entry in demo_record["deliveries"] if not entry["accepted"])
    for entry in (demo_record["deliveries"][0], demo_record["deliveries"][-1], missing):
        found = inclusion(demo_record, entry["client"], entry["round"])
        assert found.root.hex() == demo_record["rounds"][entry["round"] - 1]["updates_root"]
        assert merkle.verify(found.root, bytes.fromhex(entry["leaf"]), found.proof)
    result = verify(folder, "--client", missing["client"], "--round", str(missing["round"]), "--json")
    shown = json.loads(result.output)["inclusion"]
    assert (shown["client"], shown["accepted"], shown["leaf"]) == (missing["client"], False, missing["leaf"])


def test_a_proof_to_another_root_is_refused(demo_record) -> None:
    demo_record["rounds"][2]["updates_root"] = demo_record["rounds"][3]["updates_root"]
    with pytest.raises(CheckFailed, match="does not lead to the root"):
        inclusion(demo_record, demo_record["deliveries"][0]["client"], 3)


@pytest.mark.parametrize(("client", "number", "expected"), [("nobody", 1, "a client of round 1"), ("x", 33, "a round")])
def test_an_unknown_client_or_round_is_one_clear_line(client, number, expected, demo_record) -> None:
    with pytest.raises(InputError, match=expected):
        inclusion(demo_record, client, number)


def test_a_record_is_the_same_text_with_the_updates_beside_it(demo_record, demo_record_text) -> None:
    demo_record.pop("lines")
    assert render(demo_record) == demo_record_text
    assert "change" not in demo_record["deliveries"][0]


class Lying:
    """An engine on which one edge hands on a little more than its clients sent, from a round on."""

    def __init__(self, edge: str, since: int) -> None:
        self.edge, self.since = edge, since

    def call(self, members: Any, function: Any, payload: Any, timeout: float | None = None) -> Answers:
        answers, failures = InProcess().call(members, function, payload, timeout)
        result = answers.get(self.edge)
        if isinstance(result, EdgeResult) and payload.round >= self.since:
            answers[self.edge] = replace(result, total=result.total + 1000)
        return answers, failures


def trained(engine: Any, plan: Plan, members: Federation) -> list[tuple[Round, KeptRound]]:
    """Rounds with what was kept of them; the initial model first, as a round."""
    task, keeping = air_quality.task(plan), Keeping(engine)
    rounds = train_rounds(task, keeping, members, plan)
    return [(finished, keeping.taken(finished.number, finished.model)) for finished in rounds]


def recompute(plan: Plan, rounds: list[tuple[Round, KeptRound]]) -> RecomputedTraining:
    before, found = air_quality.task(plan).initial(plan.seed), RecomputedTraining()
    for finished, kept in rounds:
        found += recompute_round(plan, before, finished, kept)
        before = finished.model
    return found


def test_an_edge_that_lied_while_training_is_named_although_the_chain_agrees_with_it(members) -> None:
    with pytest.raises(CheckFailed, match=r"^round 2: edge NI: what it handed on is not the sum"):
        recompute(PLAN, trained(Lying("NI", 2), PLAN, members))


@pytest.mark.parametrize("rule", ["mean", *robust.RULES])
@pytest.mark.parametrize("stacked", [True, False])
def test_every_average_is_computed_again_whatever_the_rule_and_however_clients_are_called(
    rule, stacked, members
) -> None:
    plan = replace(PLAN, rule=rule, edge_rounds=3)
    found = recompute(plan, trained(InProcess(stacked=stacked), plan, members))
    assert found == RecomputedTraining(len(CLIENTS) * 3 * 3, 0, 3 * 3 * len(members.edges), 3)


def test_keeping_changes_no_bit(members) -> None:
    plain = list(train_rounds(air_quality.task(PLAN), InProcess(), members, PLAN))
    kept = [finished for finished, _ in trained(InProcess(), PLAN, members)]
    assert [(one.digest, one.updates_root) for one in plain] == [(one.digest, one.updates_root) for one in kept]


def test_lost_edges_and_clients_are_no_fault(members) -> None:
    outages = (Outage("NI", 2, 2), Outage("DEBB053", 1, 1), Outage("DEBE032", 3, 3))
    rounds = trained(Unreliable(InProcess(), outages), PLAN, members)
    accepted = sum(delivery.accepted for finished, _ in rounds for delivery in finished.deliveries)
    assert accepted < len(CLIENTS) * PLAN.rounds
    assert recompute(PLAN, rounds).updates == accepted * PLAN.edge_rounds


class Leaving:
    """An engine on which one client answers in the first edge round of a round only."""

    def call(self, members: Any, function: Any, payload: Any, timeout: float | None = None) -> Answers:
        answers, failures = InProcess().call(members, function, payload, timeout)
        gone = "DENI019" if payload.edge_round > 1 else ""
        kept = {member: answer for member, answer in answers.items() if member != gone}
        return kept, failures | ({gone: "Gone."} if gone in answers else {})


def test_an_update_that_no_delivery_covers_is_counted_and_its_change_is_with_its_edge(members) -> None:
    rounds = trained(Leaving(), PLAN, members)
    assert recompute(PLAN, rounds).uncovered == PLAN.rounds
    finished, kept = rounds[0]
    changed = [
        replace(update, change=update.change * np.float32(0.5)) if update.client == "DENI019" else update
        for update in kept.updates
    ]
    with pytest.raises(CheckFailed, match=r"^round 1: edge NI: .*the update of DENI019 is changed, which no delivery"):
        recompute(PLAN, [(finished, replace(kept, updates=tuple(changed)))])


def without_first_update(kept: KeptRound) -> KeptRound:
    return replace(kept, updates=kept.updates[1:])


def update_twice(kept: KeptRound) -> KeptRound:
    return replace(kept, updates=(*kept.updates, kept.updates[0]))


def update_of_a_stranger(kept: KeptRound) -> KeptRound:
    return replace(kept, updates=(*kept.updates, replace(kept.updates[0], client="somebody")))


def without_first_result(kept: KeptRound) -> KeptRound:
    return replace(kept, results=kept.results[1:])


def result_twice(kept: KeptRound) -> KeptRound:
    return replace(kept, results=(*kept.results, kept.results[0]))


def result_of_a_stranger(kept: KeptRound) -> KeptRound:
    return replace(kept, results=(*kept.results, replace(kept.results[0], edge="somewhere")))


def more_samples(kept: KeptRound) -> KeptRound:
    return replace(kept, updates=(replace(kept.updates[0], samples=kept.updates[0].samples + 1), *kept.updates[1:]))


def other_shapes(kept: KeptRound) -> KeptRound:
    return replace(kept, shapes=kept.shapes[::-1])


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (without_first_update, "client .*: what is kept is not what it delivered"),
        (update_twice, "client .*: two updates are kept of edge round 1"),
        (update_of_a_stranger, "client somebody: an update is kept"),
        (without_first_result, "edge .*: its result is missing"),
        (result_twice, "edge twice the same"),
        (result_of_a_stranger, "edge somewhere: a result is kept"),
        (more_samples, "client .*: its updates do not have the digest"),
        (other_shapes, "what is kept has shapes"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_left_out_or_put_in_is_named(change, finding, members) -> None:
    finished, kept = trained(InProcess(), replace(PLAN, rounds=1), members)[0]
    with pytest.raises(CheckFailed, match=f"^round 1: {finding}"):
        recompute(PLAN, [(finished, change(kept))])


def test_a_value_that_is_not_a_number_is_refused_where_no_digest_covers_it(members) -> None:
    finished, kept = trained(Leaving(), replace(PLAN, rounds=1), members)[0]
    changed = [
        replace(update, change=np.full_like(update.change, np.nan)) if update.client == "DENI019" else update
        for update in kept.updates
    ]
    with pytest.raises(CheckFailed, match="client DENI019: the norm of an update is nan"):
        recompute(PLAN, [(finished, replace(kept, updates=tuple(changed)))])
