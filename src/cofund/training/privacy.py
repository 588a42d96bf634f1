"""Central differential privacy of clients: what each may add to a round, and the coordinator's noise on their sum.

Two federations are neighbours if one client's updates are there in one and left out in the other. Every client sends
at most the norm bound, counts once and trains in the round's only edge round, and the sum is divided by the number of
clients invited, who are public. So one client changes the sum by at most the bound, and noise of ``noise_multiplier``
times the bound makes the round a Gaussian mechanism (training.md, "Differential privacy").
"""

import hashlib
import math
import secrets
from pathlib import Path
from typing import Final

import numpy as np

from cofund.errors import InputError
from cofund.training import aggregate
from cofund.training.aggregate import SCALE, Fixed
from cofund.training.model import DTYPE, Model, flat, model_digest, unflat
from cofund.training.noise import discrete_gaussian
from cofund.training.plan import Plan
from cofund.whole_files import write_whole

KEY_BYTES: Final = 32


def clipped(before: Model, after: Model, norm_bound: float) -> tuple[Model, int]:
    """What a client sends: its model moved back until its update is within the bound, and a weight of one."""
    rows = flat(after)[None].copy()
    clip_rows(flat(before), rows, norm_bound)
    return unflat(rows[0], after), 1


def clip_rows(before: np.ndarray, rows: np.ndarray, norm_bound: float) -> None:
    """Move each row, the values of a model, back towards ``before`` until the edge's own check accepts it.

    Rounding to float32 can put a scaled update just above the bound; then it is scaled a little more. What is not
    finite stays as it is, and is refused.
    """
    for row in rows:
        change = (row - before).astype(np.float64)
        norm = _norm(change)
        if not norm_bound < norm < math.inf:
            continue
        factor, less = norm_bound / norm, 2.0**-40
        while True:
            row[:] = (before + change * factor).astype(DTYPE)
            if _norm((row - before).astype(np.float64)) <= norm_bound * (1 - 2.0**-40):
                break
            factor, less = max(factor * (1 - less), 0.0), 2 * less


def sigma_units(plan: Plan, values: int) -> int:
    """Parameter of the noise in fixed-point units, rounded up.

    The sensitivity is that of the whole numbers: rounding moves each of the update's values by at most half a unit, so
    its norm by at most half the root of their number; the edge's check of the norm in float64 is off by far less than
    1 in 2^20.
    """
    sensitivity = plan.norm_bound * SCALE * (1 + 2.0**-20) + math.sqrt(values) / 2
    return math.ceil(plan.noise_multiplier * sensitivity)


def noised(plan: Plan, before: Model, total: Fixed, number: int, *, clients: int, key: bytes) -> Model:
    """The coordinator's model after a round: the clients' sum plus noise, over all invited clients.

    The noise is drawn from the key and everything that the round was computed from, so a resumed training and an
    auditor with the key get the same bits, and the same key never puts the same noise on two different sums.

    Args:
        plan: the terms.
        before: the model that the round started from.
        total: sum of the accepted clients' updates.
        number: of the round.
        clients: invited clients, delivered or not.
        key: the coordinator's secret, ``KEY_BYTES`` long.
    """
    sigma = sigma_units(plan, total.size)
    about = f"cofund.noise/1/{sigma}/{number}/".encode()
    seed = hashlib.sha256(key + about + model_digest(before) + total.astype("<i8").tobytes()).digest()
    return aggregate.moved(before, aggregate.mean(total + discrete_gaussian(seed, sigma, total.size), clients))


def needed_key(key: bytes | None) -> bytes:
    """The key, of a training that cannot go without.

    Raises:
        InputError: there is none, or it is too short to be secret.
    """
    if key is None or len(key) != KEY_BYTES:
        raise InputError("plan", "noise_multiplier", f"a secret noise key of {KEY_BYTES} bytes, or 0 for no noise")
    return key


def noise_key(path: Path | None) -> bytes:
    """The key in a file, which is made for its owner alone if it is missing; without a path one that nobody keeps.

    Raises:
        InputError: the file cannot be made, or holds something else.
    """
    if path is None:
        return secrets.token_bytes(KEY_BYTES)
    try:
        if not path.exists():
            write_whole(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode(), private=True)
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise InputError(str(path), "", f"expected a file of {2 * KEY_BYTES} hex digits") from error
    if len(key) != KEY_BYTES:
        raise InputError(str(path), "", f"expected a file of {2 * KEY_BYTES} hex digits")
    return key


def _norm(values: np.ndarray) -> float:
    return math.sqrt(float(np.square(values).sum()))
