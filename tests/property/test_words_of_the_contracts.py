"""What the contracts pack into a word comes out as it went in; bits are counted; a client-round is new once (B-3)."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from harness import Harness
from profiles import times

EDGE = (48, 16, 16, 32, 32, 32, 32)  # bits of price, winners, up_to_round, delivered, claimed, fee and extra rounds
PROGRESS = (16, 16, 64, 64)  # rounds, done, deadline, end


@cache
def harness() -> Harness:
    return Harness()


def numbers(*widths: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*(st.sampled_from([0, 1, 2**bits - 1]) | st.integers(0, 2**bits - 1) for bits in widths))


@times(1)
@given(figures=numbers(*EDGE), flags=st.tuples(st.booleans(), st.booleans()))
def test_an_edge_is_kept(figures, flags) -> None:
    assert harness().call("edge_kept", (*figures, *flags)) == (*figures, *flags)


@times(1)
@given(figures=numbers(*PROGRESS), flags=st.tuples(st.booleans(), st.booleans()))
def test_progress_is_kept(figures, flags) -> None:
    assert harness().call("progress_kept", (*figures, *flags)) == (*figures, *flags)


@times(1)
@given(bitmap=st.integers(0, 2**256 - 1) | st.sampled_from([0, 2**256 - 1, 2**255]))
def test_bits_are_counted(bitmap) -> None:
    assert harness().call("count", bitmap) == bitmap.bit_count()


@times(1)
@given(
    place=st.integers(0, 2**16),
    calls=st.lists(st.tuples(st.integers(0, 256), st.integers(0, 2**256 - 1), st.booleans()), max_size=5),
)
def test_a_client_round_and_an_extra_are_new_once(place, calls) -> None:
    """Whatever is signed later, and whoever lies beside it in the word."""
    fresh, given_rounds, given_extra, before = Harness(), 0, False, 0
    beside = [other for other in (place - 1, place + 1) if other >= 0]
    for other in beside:
        fresh.call("paid", other, 1, 1, True)
    for up_to, bits, extra in sorted(calls):
        bitmap = bits & (2**up_to - 1)
        new, now, kept, has_extra = fresh.call("paid", place, bitmap, up_to, extra)
        assert new == bitmap >> before << before
        assert new & given_rounds == 0
        assert now == (extra and not given_extra)
        given_rounds, given_extra, before = given_rounds | new, given_extra or extra, up_to
        assert (kept, has_extra) == (up_to, given_extra)
    assert all(fresh.call("paid_at", other) == (1, True) for other in beside)
