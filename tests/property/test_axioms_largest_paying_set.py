"""The heap finds the set that is left when all who cannot pay drop until nobody drops."""

from hypothesis import given
from hypothesis import strategies as st

from cofund.market.validation import MAX_COUNT
from cofund.mechanism.serial import largest_paying_set
from cofund.units import div_up
from profiles import times

amounts = st.integers(0, 40) | st.integers(0, 2**96)
weights = st.integers(1, 3) | st.integers(MAX_COUNT - 3, MAX_COUNT)


def dropping(values: list[int], weights: list[int], cost: int) -> list[int]:
    stay = list(range(len(values)))
    while True:
        total = sum(weights[at] for at in stay)
        able = [at for at in stay if values[at] >= div_up(weights[at] * cost, total)]
        if able == stay:
            return stay
        stay = able


@times(5)
@given(agents=st.lists(st.tuples(amounts, weights), max_size=12), cost=amounts)
def test_it_equals_dropping(agents: list[tuple[int, int]], cost: int) -> None:
    values, sizes = [value for value, _ in agents], [weight for _, weight in agents]
    assert largest_paying_set(values, sizes, cost) == dropping(values, sizes, cost)


def test_it_tells_the_two_closest_ratios_apart() -> None:
    sizes = [MAX_COUNT, MAX_COUNT - 1]
    values = [MAX_COUNT - 1, MAX_COUNT - 2]
    assert values[0] * sizes[1] - values[1] * sizes[0] == 1
    for cost in (2 * MAX_COUNT - 3, 2 * MAX_COUNT - 2, MAX_COUNT - 1, MAX_COUNT - 2):
        assert largest_paying_set(values, sizes, cost) == dropping(values, sizes, cost)
        assert largest_paying_set(values[::-1], sizes[::-1], cost) == dropping(values[::-1], sizes[::-1], cost)
