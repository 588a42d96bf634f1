"""Random markets as columns, drawn by numpy: ties, tight or closed edges, many weights, amounts of any size."""

from decimal import Decimal

import numpy as np

from cofund.market.columns import Columns
from cofund.market.instance import Edge, Instance
from cofund.market.quality import power_quality
from cofund.units import ONE


def column_market(seed: int, largest: int = 5_000) -> Columns:
    """A market of up to ``largest`` clients whose costs differ much, a little or hardly."""
    draw = np.random.default_rng(seed)
    clients, owners = int(draw.integers(1, largest + 1)), int(draw.integers(0, 200))
    scale = int(draw.choice([3, 50, 10**6, 10**12, 2**55]))
    terms = _terms(draw, clients, scale)
    expected = max(1, terms.cohort * scale * len(terms.quality) // max(1, owners))
    generosity = int(draw.choice([1, 4, 20]))
    return Columns(
        terms=terms,
        edge=draw.integers(0, len(terms.edges), clients).astype(np.int32),
        cost=draw.integers(0, scale + 1, clients),
        bid=draw.integers(0, min(generosity * expected, 2**63 - 2), owners, endpoint=True),
        weight=draw.integers(1, int(draw.choice([1, 3, 1000])), owners, endpoint=True),
    )


def _terms(draw: np.random.Generator, clients: int, scale: int) -> Instance:
    edges, cohort = int(draw.integers(1, 120)), int(draw.integers(1, clients + 1))
    slack = int(draw.choice([50, 120, 400]))
    average = max(1, cohort * slack // 100 // edges)
    rounds = int(draw.integers(1, 40))
    return Instance(
        cohort=cohort,
        min_cohort=int(draw.integers(1, cohort + 1)) if draw.integers(0, 3) == 0 else 1,
        ceiling=scale * int(draw.integers(3, 12)) // 6,
        coordinator_fee=int(draw.integers(0, scale + 1)),
        goal=int(draw.integers(1, rounds + 1)),
        match=int(draw.choice([0, 0, ONE // 3, ONE])),
        quality=power_quality(Decimal(int(draw.integers(1, 11))) / 10, rounds),
        edges=tuple(
            Edge(f"edge-{at}", int(draw.integers(0, 2 * average + 1)), int(draw.integers(0, scale // 5 + 1)))
            for at in range(edges)
        ),
        owners=(),
        clients=(),
    )
