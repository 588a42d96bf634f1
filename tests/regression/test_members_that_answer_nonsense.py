"""An edge's or a client's answer of another form ended the whole training; now it costs that member its round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cofund.training import checkpoints
from cofund.training.deliveries import LONGEST_REASON, NO_DIGEST, Delivery, sentence
from cofund.training.edge import EdgeResult
from cofund.training.engine import Answers
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.keeping import Keeping
from cofund.training.engines.nvflare.layout import EdgeServer, Layout
from cofund.training.engines.nvflare.roles import Edges, edge_functions, present
from cofund.training.hierfavg import Round, require_delivered, train_rounds
from cofund.training.network import samples
from cofund.training.plan import Federation, Plan
from cofund.training.recompute import recompute_round
from cofund.training.tasks import classification

PLAN = Plan(local_steps=2, edge_rounds=2, rounds=1, learning_rate=0.1, batch=2)
ROWS = samples(np.eye(4, 3), np.array([0, 1, 0, 1]))
MEMBERS = Federation((("north", ("a", "b")), ("south", ("c",))), dict.fromkeys("abc", ROWS), {"test": ROWS})
TASK = classification.task("toy", (3, 2), PLAN)


@dataclass
class Lying:
    """Another engine, but what the member ``who`` answers is changed."""

    who: str
    change: Callable[[Any], Any]

    def call(
        self, members: Sequence[str], function: Callable[[str, Any], Any], payload: Any, timeout: float | None = None
    ) -> Answers:
        answers, failures = InProcess().call(members, function, payload, timeout)
        return {each: self.change(one) if each == self.who else one for each, one in answers.items()}, failures


def trained(engine: Any) -> Round:
    (finished,) = train_rounds(TASK, engine, MEMBERS, PLAN)
    return finished


def with_delivery(**changes: Any) -> Callable[[EdgeResult], EdgeResult]:
    return lambda result: replace(result, deliveries=(replace(result.deliveries[0], **changes),))


FORM = "What it handed on is no sum of updates of this model."
EACH = "What it handed on has not one delivery for each of its clients."
NEITHER = "A delivery that it handed on is neither accepted with its samples nor refused with a reason."
SAMPLES, LARGE = "The samples that it handed on are not", "The sum that it handed on is larger"
ANSWERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "nothing": (lambda _: None, FORM),
    "a word": (lambda _: "done", FORM),
    "a total that is a word": (lambda result: replace(result, total="x"), FORM),
    "a total of one value, which would be added to all": (lambda result: replace(result, total=result.total[:1]), FORM),
    "a total of floats": (lambda result: replace(result, total=result.total.astype("<f4")), FORM),
    "no deliveries": (lambda result: replace(result, deliveries=()), EACH),
    "deliveries that are none": (lambda result: replace(result, deliveries=(7,)), EACH),
    "a delivery of somebody else's client": (with_delivery(client="a"), EACH),
    "a delivery of another round": (with_delivery(round=2), EACH),
    "a digest that is a word": (with_delivery(digest="x"), NEITHER),
    "a digest that is too short": (with_delivery(digest=b"x"), NEITHER),
    "accepted with a reason": (with_delivery(reason="because"), NEITHER),
    "perhaps accepted": (with_delivery(accepted=2), NEITHER),
    "samples beyond the bound": (with_delivery(samples=2**20 + 1), NEITHER),
    "samples that are not those": (lambda result: replace(result, samples=5), SAMPLES),
    "samples that are a fraction": (
        lambda result: replace(result, samples=4.0),
        SAMPLES,
    ),
    "a sum beyond the bound": (
        lambda result: replace(result, total=result.total + 2**40),
        LARGE,
    ),
    "the least integer": (
        lambda result: replace(result, total=np.full_like(result.total, -(2**63))),
        LARGE,
    ),
    "refused without a reason": (with_delivery(accepted=False, samples=0, digest=NO_DIGEST), NEITHER),
}


@pytest.mark.parametrize(("change", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_an_edge_s_answer_of_another_form_costs_its_clients_the_round_and_nobody_else(
    change: Callable[[Any], Any], reason: str, tmp_path: Path
) -> None:
    keeping = Keeping(Lying("south", change))
    finished = trained(keeping)
    assert [each.accepted for each in finished.deliveries] == [True, True, False]
    assert finished.deliveries[2].reason.startswith(f"Edge south failed. {reason}")
    alone = replace(MEMBERS, edges=MEMBERS.edges[:1])
    (without,) = train_rounds(TASK, InProcess(), alone, PLAN)
    assert finished.digest == without.digest
    checkpoints.save(tmp_path, finished)
    kept = keeping.taken(1, finished.model, finished.deliveries)
    kept = replace(kept, updates=tuple(each for each in kept.updates if each.client != "c"))
    assert [each.edge for each in kept.results] == ["north"]
    assert recompute_round(PLAN, TASK.initial(PLAN.seed), finished, kept).sums == 2


@pytest.mark.parametrize("answer", ["0.5", None, float("nan"), float("inf"), 1e300, (1, 2), True, np.zeros(3, "<f4")])
def test_a_member_that_says_no_number_has_no_metric(answer: Any) -> None:
    finished = trained(Lying("test", lambda _: answer))
    assert finished.metric is None
    assert finished.unmeasured == {"test": "It sent no finite number."}
    assert require_delivered(finished) is finished


def test_metrics_of_others_count_where_one_has_none() -> None:
    two = replace(MEMBERS, validation={"test": ROWS, "other": ROWS})
    (finished,) = train_rounds(TASK, Lying("other", lambda _: float("nan")), two, PLAN)
    assert finished.metric == trained(InProcess()).metric
    assert list(finished.unmeasured) == ["other"]


def test_what_members_say_is_kept_as_one_printable_line() -> None:
    said = sentence("\x1b[31mred\n\ud800 " + "x" * 1000)
    assert said.startswith("[31mred   xxx")
    assert len(said) == LONGEST_REASON
    assert said.encode()


class Below:
    """What an edge reaches: its clients say ``answers``."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers

    def call(self, members: Sequence[str], function: Any, payload: Any, timeout: Any = None) -> Answers:
        del function, payload, timeout
        return {each: self.answers[each] for each in members}, {}


LAYOUT = Layout("toy", PLAN, "h:1", (EdgeServer("north", "h:2", ("a", "b")), EdgeServer("south", "h:3", ("c",))))


def test_an_edge_passes_on_numbers_only(tmp_path: Path) -> None:
    deep: Any = ()
    for _ in range(30):
        deep = (deep,)
    functions = edge_functions(LAYOUT, "north", Below({"a": 0.5, "b": deep}), tmp_path)  # type: ignore[arg-type]
    found, failures = functions["evaluate"]("north", (("a", "b", "c"), None))
    assert (found, failures) == ({"a": 0.5}, {"b": "The answer is not what was asked for."})
    functions = edge_functions(LAYOUT, "north", Below({"a": True, "b": "yes"}), tmp_path)  # type: ignore[arg-type]
    assert functions["present"]("north", (("a", "b"), None))[0] == {"a": True}


@pytest.mark.parametrize("passed_on", [None, 7, "x", ({},), ({}, {}, {}), (1, 2), ({"a": True}, "x"), ({}, {"a": 7})])
def test_a_coordinator_takes_what_edges_pass_on_only_in_its_form(passed_on: Any) -> None:
    engine = Edges(Below({"north": passed_on, "south": ({"c": True}, {})}), LAYOUT)  # type: ignore[arg-type]
    found, failures = engine.call(["a", "c"], present, None)
    assert found == {"c": True}
    assert set(failures) == {"a"}


def test_nobody_delivered_is_said_with_its_reasons() -> None:
    reasons = {"a": "Late.", "b": "Late.", "c": "Ill.", "d": "Gone.", "e": "Off."}
    deliveries = tuple(Delivery(each, "north", 4, False, why, 0, NO_DIGEST) for each, why in reasons.items())
    finished = Round(4, (), NO_DIGEST, deliveries, None)
    expected = r"^round 4: nobody delivered. a and 1 more: Late. c: Ill. d: Gone. \(and 1 other reasons\)$"
    with pytest.raises(Exception, match=expected):
        require_delivered(finished)
