"""The demonstration's parties follow the two rules in docs/data.md, and a funded model is worth its price."""

from dataclasses import replace

import numpy as np
import pytest

from cofund.data.air_quality.measurements import load
from cofund.errors import InputError
from cofund.training import curve, perceptron
from cofund.training.engines.in_process import InProcess
from cofund.training.evaluation import alone_metric, mean_metric, train_alone
from cofund.training.hierfavg import train_rounds
from cofund.training.model import model_digest
from cofund.training.plan import Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import (
    OWNERS,
    REHEARSAL_START,
    TEST_START,
    can_be_judged,
    edges,
    federation,
    owner_sites,
    rehearsal,
)


def test_owners_have_the_newer_half_of_every_network_with_three_stations_to_judge() -> None:
    by_network: dict[str, list[str]] = {}
    for station in load().stations:
        if can_be_judged(station.id):
            by_network.setdefault(station.network, []).append(station.id)
    newer = {f"{key}-new": tuple(found[-(len(found) // 2) :]) for key, found in by_network.items() if len(found) >= 3}
    assert {owner.id: owner.stations for owner in OWNERS} == newer


def test_all_other_stations_are_clients_of_their_networks_edge() -> None:
    owned = [station for owner in OWNERS for station in owner.stations]
    clients = [client for _, stations in edges() for client in stations]
    assert sorted(owned + clients) == [station.id for station in load().stations]
    assert (len(OWNERS), len(owned), len(clients), len(edges())) == (7, 14, 32, 13)
    assert all(client[2:4] == edge for edge, stations in edges() for client in stations)


def test_nothing_leaks_from_the_future() -> None:
    test, last_year = load().day(TEST_START), load().day(REHEARSAL_START)
    for members, start, end in ((federation(), test, 4383), (rehearsal(), last_year, test)):
        assert max(members.data[client].day.max() for client in members.clients) < start
        assert min(data.day.min() for data in members.validation.values()) >= start
        assert max(data.day.max() for data in members.validation.values()) < end
    assert set(federation().clients) - set(rehearsal().clients) == {"DEBB075"}
    shorter = federation(history_days=90)
    assert min(data.day.min() for data in shorter.data.values() if len(data.day)) == test - 90
    for owner in OWNERS:
        for site in owner_sites(owner).values():
            assert test - 90 <= site.own.day.min() <= site.own.day.max() < test <= site.test.day.min()


def test_a_cohort_keeps_its_clients_only() -> None:
    assert edges(["DENI051", "DEBB053"]) == (("BB", ("DEBB053",)), ("NI", ("DENI051",)))
    with pytest.raises(InputError, match="DEUB028: a client"):
        federation(["DEUB028"])


def test_a_funded_model_beats_training_alone_on_the_owners_stations() -> None:
    plan = Plan(seed=1)
    task = air_quality.task(plan)
    clients = np.random.default_rng(1).choice([c for _, found in edges() for c in found], 22, replace=False)
    rounds = list(train_rounds(task, InProcess(), federation(clients.tolist()), plan))
    steps = plan.rounds * plan.edge_rounds * plan.local_steps
    gains = [
        mean_metric(task, rounds[-1].model, own) - alone_metric(task, own, steps, plan.seed)
        for own in map(owner_sites, OWNERS)
    ]
    assert np.average(gains, weights=[len(owner.stations) for owner in OWNERS]) > 0.12
    assert min(gains) > 0
    assert rounds[9].metric is not None
    assert rounds[-1].metric is not None
    assert rounds[0].metric + 0.05 < rounds[9].metric + 0.01 < rounds[-1].metric  # type: ignore[operator]


def test_the_rehearsal_gives_a_rising_curve() -> None:
    plan = Plan(rounds=20)
    metrics = [each.metric for each in train_rounds(air_quality.task(plan), InProcess(), rehearsal(), plan)]
    fitted = curve.fit([metric for metric in metrics if metric is not None])
    assert fitted.rounds == 20
    assert 0.03 < float(fitted.rate) < 0.5
    assert fitted.rmse < 0.01


def test_training_alone_repeats_itself_and_leaves_its_start_alone() -> None:
    task, site = air_quality.task(Plan()), owner_sites(OWNERS[0])["DEBW087"]
    first, again = (train_alone(task, "DEBW087", site.own, 50, 3) for _ in range(2))
    assert model_digest(first) == model_digest(again) != model_digest(task.initial(3))
    assert model_digest(task.initial(3)) == model_digest(task.initial(3)) != model_digest(task.initial(4))


def test_a_client_without_samples_says_so() -> None:
    empty = owner_sites(OWNERS[0])["DEBW087"].own.between(0, 0)
    task = air_quality.task(Plan())
    with pytest.raises(ValueError, match="no samples"):
        task.train(task.initial(1), empty, 1, 1)


def test_one_step_of_descent_follows_the_gradient_of_the_loss() -> None:
    draw = np.random.default_rng(2)
    inputs, labels = draw.normal(size=(1, 3)).astype("f4"), np.ones(1, "f4")
    start = perceptron.initial(3, 4, -1.0, seed=7)
    start = (start[0], draw.normal(size=4).astype("f4"), start[2])
    after = perceptron.descend(start, inputs, labels, steps=1, learning_rate=0.5, batch=1, seed=0)

    def loss(flat: np.ndarray) -> float:
        model = (flat[:12].reshape(3, 4), flat[12:16], flat[16:])
        return float(np.logaddexp(0, -perceptron.scores(model, inputs.astype(float)))[0])

    flat = np.concatenate([array.ravel() for array in start]).astype(float)
    tiny = np.eye(17) * 1e-6
    gradient = np.array([(loss(flat + step) - loss(flat - step)) / 2e-6 for step in tiny])
    moved = np.concatenate([array.ravel() for array in after])
    assert moved == pytest.approx(flat - 0.5 * gradient, abs=1e-5)


def test_the_plan_sets_learning_rate_and_batch() -> None:
    site = owner_sites(OWNERS[0])["DEBW087"]
    digests = set()
    for plan in (Plan(), replace(Plan(), learning_rate=0.1), replace(Plan(), batch=8)):
        digests.add(model_digest(train_alone(air_quality.task(plan), "DEBW087", site.own, 5, 1)))
    assert len(digests) == 3
