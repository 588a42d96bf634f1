"""Every row goes to one client, every client to one edge, and the names of the divisions are true."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.errors import InputError
from cofund.training.network import samples
from cofund.training.partition import dirichlet, edge_iid, edge_non_iid, one_class
from cofund.training.tasks.labelled import TEST, Division, federation

LABELS = np.arange(600) * 7 % 10


@given(st.integers(1, 40), st.floats(0.01, 100), st.integers(0, 99))
def test_every_row_goes_to_one_client_and_nobody_is_without(clients: int, alpha: float, seed: int) -> None:
    parts = dirichlet(LABELS, clients, alpha, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(600))
    assert len(parts) == clients
    assert min(len(part) for part in parts) >= 1


def test_a_small_alpha_gives_few_classes_and_a_large_one_all() -> None:
    few, many = ([len(np.unique(LABELS[part])) for part in dirichlet(LABELS, 10, a, 3)] for a in (0.05, 1000))
    assert np.mean(few) < 5
    assert many == [10] * 10


@given(st.integers(10, 60), st.integers(0, 9))
def test_one_class_a_client(clients: int, seed: int) -> None:
    parts = one_class(LABELS, clients, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(600))
    assert [np.unique(LABELS[part]).tolist() for part in parts] == [[client % 10] for client in range(clients)]


def test_seeds_divide_differently() -> None:
    assert not np.array_equal(one_class(LABELS, 20, 1)[0], one_class(LABELS, 20, 2)[0])
    assert not np.array_equal(dirichlet(LABELS, 20, 1.0, 1)[0], dirichlet(LABELS, 20, 1.0, 2)[0])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.data())
def test_every_client_is_at_one_edge(classes: list[int], data: st.DataObject) -> None:
    edges = data.draw(st.integers(1, len(classes)))
    for group in (edge_iid, edge_non_iid):
        groups = group(classes, edges)
        assert sorted(client for each in groups for client in each) == list(range(len(classes)))
        assert len(groups) == edges
        assert max(map(len, groups)) - min(map(len, groups)) <= 1


def test_edges_hold_all_classes_or_as_few_as_possible() -> None:
    classes = [client % 10 for client in range(50)]
    assert [{classes[c] for c in group} for group in edge_iid(classes, 5)] == [set(range(10))] * 5
    assert [{classes[c] for c in group} for group in edge_non_iid(classes, 5)] == [{2 * e, 2 * e + 1} for e in range(5)]


def test_labelled_rows_become_a_federation() -> None:
    rows = samples(np.zeros((600, 2)), LABELS)
    members = federation(rows, rows.take(np.arange(7)), Division(12, 3, "one-class", grouping="edge-non-iid"))
    assert [edge for edge, _ in members.edges] == ["edge-1", "edge-2", "edge-3"]
    assert members.clients[0] == "client-01"
    assert sum(len(data) for data in members.data.values()) == 600
    assert len(members.validation[TEST]) == 7


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"partition": "even"}, "layout: partition: one of dirichlet, one-class"),
        ({"grouping": "random"}, "layout: grouping: one of edge-iid, edge-non-iid"),
        ({"clients": 4, "edges": 5}, "layout: edges: from 1 to the number of clients, 4, got 5"),
        ({"alpha": 0.0}, "layout: alpha: above 0"),
    ],
)
def test_a_wrong_layout_is_one_clear_line(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Division(**wrong)  # type: ignore[arg-type]


def test_too_many_clients_are_refused() -> None:
    with pytest.raises(InputError, match="from 1 to the number of rows, 600, got 601"):
        dirichlet(LABELS, 601, 1.0, 1)
    with pytest.raises(InputError, match="at least one a class, that is 10"):
        one_class(LABELS, 9, 1)
    with pytest.raises(InputError, match="at most 1 for class 1, got 2"):
        one_class(np.array([0, 0, 0, 1]), 4, 1)
