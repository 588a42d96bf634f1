"""What crosses machines comes out as it went in, and nothing but data comes out."""

import pickle

import numpy as np
import pytest

from cofund.training.deliveries import NO_DIGEST, Delivery
from cofund.training.edge import EdgeResult, StartingPoint
from cofund.training.engines.nvflare.wire import NotOnWire, pack, unpack
from cofund.training.model import Model, model_digest

MODEL: Model = (np.arange(6, dtype="<f4").reshape(2, 3), np.array([-0.0, np.inf], "<f4"), np.zeros((0, 2), "<f4"))


def test_a_model_keeps_its_digest() -> None:
    sent = unpack(pack(StartingPoint(3, 1, MODEL)))
    assert (sent.round, sent.edge_round) == (3, 1)
    assert model_digest(sent.model) == model_digest(MODEL)
    sent.model[0][0, 0] = 7  # a copy that a task may write to


def test_an_edges_result_keeps_integers_and_deliveries() -> None:
    delivery = Delivery("Köln", "NW", 256, accepted=False, reason="späte Antwort.", samples=0, digest=NO_DIGEST)
    total = np.array([2**62, -(2**62)], "<i8")
    got = unpack(pack(EdgeResult(total, 2**20, (delivery,))))
    assert got.total.tolist() == total.tolist()
    assert (got.samples, got.deliveries) == (2**20, (delivery,))


@pytest.mark.parametrize("value", [None, True, -1, 0.1, "ä", b"\x00", (), (1, ("a", None)), {"a": (1.5, {"b": b""})}])
def test_plain_values_come_out_as_they_went_in(value: object) -> None:
    assert unpack(pack(value)) == value


def test_a_list_comes_out_as_a_tuple() -> None:
    assert unpack(pack([1, np.int64(2)])) == (1, 2)


@pytest.mark.parametrize("value", [object(), {1: 2}, np.array(["x"]), np.zeros(2), 1j, pytest])
def test_other_values_are_not_sent(value: object) -> None:
    with pytest.raises(NotOnWire, match="cannot be sent"):
        pack(value)


def packed(outline: bytes, body: bytes = b"") -> bytes:
    return len(outline).to_bytes(4) + outline + body


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        pickle.dumps(MODEL),
        packed(b"{"),
        packed(b"{}"),
        packed(b'{"code":"import os"}'),
        packed(b'{"record":["Popen",{}]}'),
        packed(b'{"record":["StartingPoint",{"round":1}]}'),
        packed(b'{"record":["StartingPoint",{"round":1,"edge_round":1,"model":null,"more":1}]}'),
        packed(b'{"array":["|O",1]}', bytes(8)),
        packed(b'{"array":["<f4",2]}', bytes(4)),
        packed(b'{"array":["<f4",-1]}', bytes(4)),
        packed(b'{"bytes":"xy"}'),
        packed(b"[" * 100_000),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(NotOnWire):
        unpack(data)
