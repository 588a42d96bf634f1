"""Differential privacy: one client's influence is bounded, the noise fits the bound, and epsilon is not understated."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cofund.errors import CheckFailed, InputError
from cofund.training import aggregate
from cofund.training.accountant import epsilons
from cofund.training.aggregate import MAX_NORM, SCALE
from cofund.training.contribution import train_with_contributions
from cofund.training.edge import LocalSteps
from cofund.training.engine import Answers, stream
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.keeping import Keeping
from cofund.training.engines.unreliable import Outage, Unreliable
from cofund.training.hierfavg import Round, train_rounds
from cofund.training.model import flat
from cofund.training.plan import Federation, Plan
from cofund.training.privacy import KEY_BYTES, clip_rows, noise_key, noised, sigma_units
from cofund.training.recompute import recompute_round
from cofund.training.tasks import digits
from cofund.training.tasks.labelled import Division, federation

KEY = bytes(range(KEY_BYTES))
PLAN = Plan(local_steps=8, edge_rounds=1, rounds=3, learning_rate=0.1, batch=16, norm_bound=0.5, noise_multiplier=0.1)


@pytest.fixture(scope="module")
def members() -> Federation:
    return federation(*digits.load(), Division(12, 3, alpha=1.0, seed=1))


def trained(members: Federation, engine: Any = None, plan: Plan = PLAN, **more: Any) -> list[Round]:
    return list(train_rounds(digits.task(plan), engine or InProcess(), members, plan, **{"noise_key": KEY} | more))


class Unclipped:
    """An engine below which one client sends an update that it did not clip, and another claims more samples."""

    def __init__(self, far: str, heavy: str) -> None:
        self.engine, self.far, self.heavy = InProcess(), far, heavy

    def call(
        self, members: Sequence[str], function: Callable[[str, Any], Any], payload: Any, timeout: float | None = None
    ) -> Answers:
        return self.engine.call(members, function, payload, timeout)

    def stream(
        self, members: Sequence[str], function: Callable[[str, Any], Any], payload: Any, timeout: float | None = None
    ) -> Iterator[Answers]:
        for answers, failures in stream(self.engine, members, function, payload, timeout):
            changed = {client: answers[client] for client in answers}
            if isinstance(function, LocalSteps) and self.far in changed:
                changed[self.far] = (tuple(array + np.float32(1) for array in payload.model), 1)
            if isinstance(function, LocalSteps) and self.heavy in changed:
                changed[self.heavy] = (changed[self.heavy][0], 2)
            yield changed, failures


def test_what_a_client_sends_is_within_the_bound_and_counts_once(members: Federation) -> None:
    """The influence of leaving one client out of the whole numbers is at most what the noise is made for."""
    keeping = Keeping(InProcess())
    free = replace(PLAN, noise_multiplier=0.0, norm_bound=MAX_NORM)
    assert any(d.samples > 1 for d in trained(members, plan=free)[0].deliveries)
    start = digits.task(PLAN).initial(PLAN.seed)
    influence = 0.0
    for finished in train_rounds(digits.task(PLAN), keeping, members, PLAN, noise_key=KEY):
        kept = keeping.taken(finished.number, start)
        assert len(kept.updates) == len(members.clients)
        for update in kept.updates:
            weighted = aggregate.rounded(update.change) * update.samples
            influence = max(influence, float(np.linalg.norm(weighted)))
    assert all(d.accepted and d.samples == 1 for d in finished.deliveries)
    sigma = sigma_units(PLAN, flat(start).size)
    assert PLAN.noise_multiplier * influence <= sigma  # a smaller sensitivity than the true one turns this red
    assert influence > 0.999 * PLAN.norm_bound * SCALE  # some client did need to be clipped
    assert sigma < 1.001 * PLAN.noise_multiplier * PLAN.norm_bound * SCALE


@pytest.mark.parametrize("values", [1, 2410, 50890])
@pytest.mark.parametrize("bound", [2.0**-10, 0.3, 16.0])
def test_the_noise_is_for_the_largest_update_that_rounds_upwards(values: int, bound: float) -> None:
    """All values just above a half unit, so rounding lengthens the update as much as it can."""
    change = np.full(values, bound / math.sqrt(values) * (1 - 2.0**-22), np.float64)
    change = (np.floor(change * SCALE) + 0.5000001) / SCALE
    change[0] = 0.0
    change[0] = math.sqrt(max(bound**2 - float(np.square(change).sum()), 0.0))
    assert np.linalg.norm(change) <= bound * (1 + 1e-12)
    influence = float(np.linalg.norm(aggregate.rounded(change)))
    assert sigma_units(replace(PLAN, norm_bound=bound, noise_multiplier=3.0), values) >= 3.0 * influence


def test_clipped_updates_pass_the_check_of_the_edge() -> None:
    """Also where float32 resolves the model only coarsely, and long updates stay in their direction."""
    draw = np.random.default_rng(1)
    for size, bound in ((1, 1.0), (1000, 0.01), (1000, 1e-9)):
        before = draw.normal(0, 100 if size == 1000 else 1, (300, size)).astype(np.float32)[0]
        rows = (before + draw.normal(0, 5, (300, size))).astype(np.float32)
        rows[-1], rows[-2, 0] = before, np.nan
        free = rows - before
        clip_rows(before, rows, bound)
        answers = {str(at): ((row,), 1) for at, row in enumerate(rows)}
        updates, refused = aggregate.checked((before,), answers, bound)
        assert set(refused) == {"298"}
        assert len(updates.clients) == 299
        if bound == 1.0:
            assert np.array_equal(np.sign(updates.changes[:-1]), np.sign(free[:298]))


def test_a_client_outside_the_bound_or_with_more_weight_is_refused(members: Federation) -> None:
    far, heavy = members.clients[0], members.clients[5]
    (finished,) = trained(members, Unclipped(far, heavy), replace(PLAN, rounds=1))
    reasons = {d.client: d.reason for d in finished.deliveries if not d.accepted}
    assert reasons.keys() == {far, heavy}
    assert "above the bound of 0.5" in reasons[far]
    assert reasons[heavy] == "The number of samples is not an integer from 1 to 1."


def test_the_noise_is_there_with_the_stated_deviation() -> None:
    """What the model moved besides the average: noise over the invited clients, for every value of a large model."""
    plan, values, clients = replace(PLAN, noise_multiplier=2.0), 100_000, 40
    before = (np.zeros(values, np.float32),)
    total = np.full(values, 7 * SCALE, np.int64)
    model = flat(noised(plan, before, total, 1, clients=clients, key=KEY)).astype(np.float64)
    noise = (model - 7 / clients) * clients
    expected = plan.noise_multiplier * plan.norm_bound
    assert abs(float(noise.mean())) < 5 * expected / math.sqrt(values)
    assert float(noise.std()) == pytest.approx(expected, rel=0.001 + 5 / math.sqrt(2 * values))


def test_noise_is_never_put_on_two_sums_alike() -> None:
    """A difference of two models of one key would otherwise show the difference of the sums."""
    before, clients = (np.zeros(1000, np.float32),), 10
    total = np.zeros(1000, np.int64)
    calls = [(KEY, total, 1), (KEY, total + 1, 1), (KEY, total, 2), (bytes(KEY_BYTES), total, 1)]
    models = [flat(noised(PLAN, before, each, at, clients=clients, key=key)) for key, each, at in calls]
    again = flat(noised(PLAN, before, total, 1, clients=clients, key=KEY))
    assert np.array_equal(models[0], again)
    for at, model in enumerate(models):
        for other in models[:at]:
            assert abs(float(np.corrcoef(model, other)[0, 1])) < 0.2


def test_the_sum_is_divided_by_all_who_were_invited(members: Federation) -> None:
    """Who is missing adds nothing, and the others count no more for it; without anybody the noise is still there."""
    quiet = replace(PLAN, noise_multiplier=1e-9, rounds=1)
    missing = members.clients[0]
    (whole,) = trained(members, plan=quiet)
    (without,) = trained(members, Unreliable(InProcess(), (Outage(missing, 1, 1),)), quiet)
    start = digits.task(quiet).initial(quiet.seed)
    alone = Federation((("edge-1", (missing,)),), {missing: members.data[missing]})
    (only,) = trained(alone, plan=quiet)
    difference = flat(whole.model).astype(np.float64) - flat(without.model)
    own = (flat(only.model).astype(np.float64) - flat(start)) / len(members.clients)
    assert float(np.linalg.norm(own)) == pytest.approx(quiet.norm_bound / len(members.clients), rel=0.01)
    assert np.allclose(difference, own, atol=1e-6)
    nobody = Unreliable(InProcess(), tuple(Outage(client, 1, 1) for client in members.clients))
    (empty,) = trained(members, nobody, replace(PLAN, rounds=1))
    assert not np.array_equal(flat(empty.model), flat(start))


def test_a_resumed_training_gives_the_same_bits_and_another_key_does_not(members: Federation) -> None:
    whole = trained(members)
    rest = trained(members, start=(1, whole[0].model))
    assert [each.digest for each in rest] == [each.digest for each in whole[1:]]
    one_by_one = trained(members, InProcess(stacked=False))
    assert [each.digest for each in one_by_one] == [each.digest for each in whole]
    assert trained(members, noise_key=bytes(KEY_BYTES))[0].digest != whole[0].digest


def test_the_aggregation_is_computed_again_with_the_key_and_only_with_it(members: Federation) -> None:
    keeping, before = Keeping(InProcess()), digits.task(PLAN).initial(PLAN.seed)
    finished = next(train_rounds(digits.task(PLAN), keeping, members, PLAN, noise_key=KEY))
    kept = keeping.taken(1, finished.model)
    assert recompute_round(PLAN, before, finished, kept, KEY).updates == len(members.clients)
    with pytest.raises(CheckFailed, match="round 1: coordinator: its model is not the average"):
        recompute_round(PLAN, before, finished, kept, bytes(KEY_BYTES))
    with pytest.raises(InputError, match="a secret noise key"):
        recompute_round(PLAN, before, finished, kept)
    heavy = replace(kept, updates=(replace(kept.updates[0], samples=2), *kept.updates[1:]))
    deliveries = (replace(finished.deliveries[0], samples=2), *finished.deliveries[1:])
    with pytest.raises(CheckFailed, match=f"client {kept.updates[0].client}: "):
        recompute_round(PLAN, before, replace(finished, deliveries=deliveries), heavy, KEY)


def exact_delta(epsilon: float, mu: float) -> float:
    """Delta of a Gaussian mechanism of sensitivity over deviation mu (Balle and Wang 2018, theorem 8)."""

    def normal(x: float) -> float:
        return math.erfc(-x / math.sqrt(2)) / 2

    return normal(mu / 2 - epsilon / mu) - math.exp(epsilon) * normal(-mu / 2 - epsilon / mu)


def exact_epsilon(mu: float, delta: float) -> float:
    low, high = 0.0, 500.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if exact_delta(middle, mu) > delta else (low, middle)
    return high


@pytest.mark.parametrize(("noise", "rounds", "delta"), [(1.0, 20, 1e-5), (4.0, 40, 1e-6), (20.0, 10, 1e-5)])
def test_epsilon_lies_between_the_exact_value_and_the_simple_bound(noise: float, rounds: int, delta: float) -> None:
    """R rounds together are one Gaussian mechanism with mu = sqrt(R) / noise; above is concentrated privacy's bound."""
    found = epsilons(replace(PLAN, noise_multiplier=noise, rounds=rounds, delta=delta))
    assert len(found) == rounds
    assert list(found) == sorted(found)
    for number, epsilon in enumerate(found, 1):
        rho = number / (2 * noise**2)
        assert (
            exact_epsilon(math.sqrt(number) / noise, delta) < epsilon < rho + 2 * math.sqrt(rho * math.log(1 / delta))
        )
    assert found[-1] < 1.15 * exact_epsilon(math.sqrt(rounds) / noise, delta)


def test_nothing_is_trained_that_would_not_be_private(members: Federation) -> None:
    for change, field in (
        ({"edge_rounds": 2}, "edge_rounds: 1 with noise"),
        ({"rule": "median"}, "rule: mean with noise"),
        ({"noise_multiplier": -1.0}, "noise_multiplier: from 0"),
        ({"noise_multiplier": math.nan}, "noise_multiplier: from 0"),
        ({"delta": 0.0}, "delta: between 0 and 1"),
    ):
        with pytest.raises(InputError, match=field):
            replace(PLAN, **change)  # type: ignore[arg-type]
    for key in (None, b"short"):
        with pytest.raises(InputError, match="a secret noise key of 32 bytes"):
            next(train_rounds(digits.task(PLAN), InProcess(), members, PLAN, noise_key=key))
    with pytest.raises(InputError, match="computed from updates without noise"):
        next(train_with_contributions(digits.task(PLAN), InProcess(), members, PLAN))


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "noise.key"
    key = noise_key(path)
    assert len(key) == KEY_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert noise_key(path) == key
    assert noise_key(None) != noise_key(None)
    path.write_text("12", encoding="ascii")
    with pytest.raises(InputError, match="expected a file of 64 hex digits"):
        noise_key(path)
