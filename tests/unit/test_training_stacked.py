"""Several clients as one computation give the bits that each gives alone; digests do not depend on how it was run."""

import hashlib
import math
import os
import struct
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.training import draws, edge, network
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import Round, train_rounds
from cofund.training.model import Model, unflat
from cofund.training.network import Samples, samples
from cofund.training.plan import Federation, Plan
from cofund.training.tasks import classification
from profiles import times

PLAN = Plan(local_steps=3, edge_rounds=2, rounds=3, learning_rate=0.1, batch=5)


def client(features: int, classes: int, rows: int, seed: int) -> Samples:
    draw = np.random.default_rng(seed)
    return samples(draw.normal(0, 1, (rows, features)), draw.integers(0, classes, rows))


def crowd(clients: int, sizes: tuple[int, ...]) -> Federation:
    data = {f"client {n}": client(sizes[0], sizes[-1], n % 7 + 1, n) for n in range(clients)}
    names = tuple(data)
    return Federation((("a", names[: clients // 2]), ("b", names[clients // 2 :])), data)


def evidence(rounds: list[Round]) -> list[object]:
    return [(each.digest, each.deliveries, each.updates_root) for each in rounds]


@times(0.4)
@given(
    st.lists(st.integers(1, 40), min_size=0, max_size=3),
    st.integers(1, 70),
    st.integers(2, 12),
    st.integers(1, 20),
    st.integers(1, 9),
    st.integers(0, 2**63),
)
def test_a_stack_gives_the_bits_of_each_client_alone(
    hidden: list[int], features: int, classes: int, batch: int, clients: int, seed: int
) -> None:
    model = network.initial((features, *hidden, classes), seed)
    data = [client(features, classes, n + 1, n) for n in range(clients)]
    seeds = [seed ^ n for n in range(clients)]
    together = network.descend(model, data, steps=3, learning_rate=0.2, batch=batch, seeds=seeds)
    for row, own, own_seed in zip(together, data, seeds, strict=True):
        alone = network.descend(model, [own], steps=3, learning_rate=0.2, batch=batch, seeds=[own_seed])
        assert row.tobytes() == alone[0].tobytes()


@pytest.mark.parametrize("sizes", [(784, 64, 10), (300, 300, 300, 10)], ids=str)
def test_larger_networks_too(sizes: tuple[int, ...]) -> None:
    model, data = network.initial(sizes, 1), [client(sizes[0], 10, 30, n) for n in range(5)]
    together = network.descend(model, data, steps=2, learning_rate=0.1, batch=20, seeds=range(5))
    for n, own in enumerate(data):
        alone = network.descend(model, [own], steps=2, learning_rate=0.1, batch=20, seeds=[n])
        assert together[n].tobytes() == alone[0].tobytes()


def test_how_rows_are_gathered_and_layers_transposed_is_only_a_matter_of_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = network.initial((20, 9, 7, 4), 1), [client(20, 4, 30, n) for n in range(3)]

    def descend() -> np.ndarray:
        return network.descend(model, data, steps=5, learning_rate=0.2, batch=6, seeds=range(3))

    before = descend()
    monkeypatch.setattr(network, "GATHERED_BYTES", 2 * 3 * 6 * 21 * 4)  # two steps, so the last is alone
    assert descend().tobytes() == before.tobytes()
    monkeypatch.setattr(network, "LARGE_LAYER", 0)
    np.testing.assert_allclose(descend(), before, rtol=1e-4, atol=1e-6)


def test_training_stacked_leaves_the_same_evidence_as_one_by_one() -> None:
    sizes = (12, 8, 3)
    task, members = classification.task("toy", sizes, PLAN), crowd(23, sizes)
    calls: list[int] = []

    def counted(model: Model, data: list[Samples], steps: int, seeds: list[int]) -> Any:
        calls.append(len(data))
        return task.train_stack(model, data, steps, seeds)

    stacked = evidence(list(train_rounds(replace(task, train_stack=counted), InProcess(), members, PLAN)))
    assert calls == [11, 11, 12, 12] * 3
    calls.clear()
    alone = evidence(list(train_rounds(replace(task, train_stack=counted), InProcess(stacked=False), members, PLAN)))
    assert calls == []
    assert stacked == alone


def test_the_size_of_a_stack_depends_on_the_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """8 * 13 + 9 * 3 = 131 values are 524 bytes: eight fit into 4,192 bytes, and seven are not worth it."""
    sizes = (12, 8, 3)
    task, members = classification.task("toy", sizes, PLAN), crowd(40, sizes)
    whole = evidence(list(train_rounds(task, InProcess(), members, PLAN)))
    calls: list[int] = []

    def counted(model: Model, data: list[Samples], steps: int, seeds: list[int]) -> Any:
        calls.append(len(data))
        return task.train_stack(model, data, steps, seeds)

    for size, expected in ((4192, {8, 4}), (4191, set())):
        calls.clear()
        monkeypatch.setattr(edge, "STACK_BYTES", size)
        parts = evidence(list(train_rounds(replace(task, train_stack=counted), InProcess(), members, PLAN)))
        assert set(calls) == expected
        assert parts == whole


def test_a_client_that_fails_in_a_stack_is_named_and_costs_the_others_nothing() -> None:
    sizes = (12, 8, 3)
    task, members = classification.task("toy", sizes, PLAN), crowd(6, sizes)
    empty = members.data["client 1"].take(np.arange(0))
    broken = Federation(members.edges, members.data | {"client 1": empty})
    without = Federation(
        (("a", ("client 0", "client 2")), members.edges[1]), {n: d for n, d in members.data.items() if n != "client 1"}
    )
    plan = replace(PLAN, rounds=1)
    (with_it,) = train_rounds(task, InProcess(), broken, plan)
    (without_it,) = train_rounds(task, InProcess(), without, plan)
    assert with_it.digest == without_it.digest
    assert with_it.deliveries[1].reason == "ValueError: the client has no samples."
    assert [delivery.accepted for delivery in with_it.deliveries] == [True, False, True, True, True, True]


def test_under_a_time_limit_every_client_is_timed_by_itself() -> None:
    sizes = (12, 8, 3)
    task = replace(classification.task("toy", sizes, PLAN), train_stack=None)
    limited = replace(PLAN, rounds=1, timeout=60.0)
    (one,) = train_rounds(classification.task("toy", sizes, PLAN), InProcess(), crowd(5, sizes), limited)
    (other,) = train_rounds(task, InProcess(), crowd(5, sizes), replace(limited, timeout=None))
    assert one.digest == other.digest


def test_the_order_of_clients_does_not_change_a_bit() -> None:
    sizes = (12, 8, 3)
    task, members = classification.task("toy", sizes, PLAN), crowd(14, sizes)
    turned = Federation(tuple((edge, clients[::-1]) for edge, clients in members.edges[::-1]), members.data)
    one, other = ([r.digest for r in train_rounds(task, InProcess(), m, PLAN)] for m in (members, turned))
    assert one == other


AGGREGATION = """
import hashlib, numpy as np
from cofund.training import aggregate
from cofund.training.model import as_model, model_digest
drawn = np.frombuffer(hashlib.shake_128(b"updates").digest(4 * 100 * 500), "<u4").reshape(100, 500)
changes = (drawn / 2**32 - 0.5).astype("<f4")
total = aggregate.exact_sum(aggregate.rounded(changes), range(1, 101))
print(model_digest(aggregate.moved(as_model((np.zeros((10, 50)),)), aggregate.mean(total, 5050))).hex())
"""


def float32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def aggregated_without_numpy() -> str:
    """What ``AGGREGATION`` prints, from the definitions in training.md, in Python's integers."""
    words = struct.unpack("<50000I", hashlib.shake_128(b"updates").digest(4 * 50_000))
    units = [round(float32(word / 2**32 - 0.5) * 2**24) for word in words]
    totals = [sum((n + 1) * units[500 * n + place] for n in range(100)) for place in range(500)]
    means = [math.floor(Fraction(total, 5050) + Fraction(1, 2)) for total in totals]
    values = struct.pack("<500f", *(mean / 2**24 for mean in means))
    return hashlib.sha256(b"cofund.model/1\n[[10,50]]\n" + values).hexdigest()


@pytest.mark.parametrize("threads", ["1", "2"])
def test_an_aggregate_has_one_digest_under_any_number_of_threads(threads: str) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    command = [sys.executable, "-c", AGGREGATION]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == aggregated_without_numpy()


def test_draws_follow_their_definition_without_numpy() -> None:
    """So a first model and a client's batches are the same under every version of every library."""
    words = struct.unpack("<6I", hashlib.shake_128(b"label").digest(24))
    assert draws.below(["label"], [1000], (2, 3)).ravel().tolist() == [word * 1000 >> 32 for word in words]
    limit = math.sqrt(6 / 5)
    drawn = struct.unpack("<6I", hashlib.shake_128(b"cofund.initial/1/7/0").digest(24))
    expected = [float32((word - 2**31) * (limit / 2**31)) for word in drawn]
    (layer,) = network.initial((3, 2), seed=7)
    assert layer.ravel().tolist() == [*expected, 0, 0]
    assert sorted(draws.order("label", 50).tolist()) == list(range(50)) != draws.order("label", 50).tolist()


def test_the_network_learns_and_its_gradient_is_that_of_the_cross_entropy() -> None:
    """One step on one row against differences of the loss, computed in float64."""
    model = network.initial((3, 4, 2), seed=5)
    own = samples(np.array([[0.5, -1.0, 2.0]]), np.array([1]))
    after = network.descend(model, [own], steps=1, learning_rate=1e-2, batch=1, seeds=[0])[0]
    values = np.concatenate([array.ravel() for array in model]).astype(np.float64)

    def loss(at: np.ndarray) -> float:
        logits = network.scores(unflat(at, model), own.inputs)[0]
        return float(np.log(np.exp(logits).sum()) - logits[1])

    for place in range(len(values)):
        nudge = np.zeros_like(values)
        nudge[place] = 1e-5
        slope = (loss(values + nudge) - loss(values - nudge)) / 2e-5
        assert after[place] - values[place] == pytest.approx(-1e-2 * slope, abs=2e-6)
