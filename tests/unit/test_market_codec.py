"""``cofund.instance/1`` and ``cofund.outcome/1`` survive being written and read."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.errors import InputError
from cofund.market.codec import decode_instance, encode_instance, load_instance
from cofund.market.document import Field, written
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.outcome_codec import decode_outcome, encode_outcome
from cofund.mechanism.rules import RULES, clear
from cofund.units import ONE
from tests.oracles.markets import Document, documents

SHORTEST: Document = {
    "schema": "cofund.instance/1",
    "cohort": 3,
    "ceiling": 7,
    "quality": [ONE],
    "edges": [{"id": "e", "capacity": 1, "fee": 0}],
    "owners": [{"id": "o", "bid": "79228162514264337593543950335"}],
    "clients": [{"id": "c", "edge": "e", "cost": 9007199254740991}],
}


@given(document=documents())
def test_an_instance_is_read_as_written(document: Document) -> None:
    instance = decode_instance(Field("market", "", document))
    assert encode_instance(instance) == document
    assert decode_instance(Field("market", "", json.loads(written(encode_instance(instance))))) == instance


@given(document=documents(), rule=st.sampled_from(sorted(RULES)))
def test_an_outcome_is_read_as_written(document: Document, rule: str) -> None:
    outcome = clear(decode_instance(Field("market", "", document)), rule)
    assert decode_outcome(Field("outcome", "", json.loads(written(encode_outcome(outcome))))) == outcome


def test_missing_terms_have_defaults_and_small_amounts_may_be_numbers(tmp_path: Path) -> None:
    file = tmp_path / "market.json"
    file.write_text(json.dumps(SHORTEST))
    assert load_instance(str(file)) == Instance(
        cohort=3,
        min_cohort=3,
        ceiling=7,
        coordinator_fee=0,
        goal=1,
        match=0,
        quality=(ONE,),
        edges=(Edge("e", 1, 0),),
        owners=(Owner("o", 2**96 - 1, 1),),
        clients=(Client("c", "e", 2**53 - 1),),
    )


def test_a_curve_is_written_expanded() -> None:
    formula = {"curve": "power", "exponent": 1, "rounds": 4}
    instance = decode_instance(Field("market", "", {**SHORTEST, "quality": formula}))
    assert encode_instance(instance)["quality"] == [ONE // 4] * 4


def test_amounts_are_written_as_strings() -> None:
    document = encode_instance(decode_instance(Field("market", "", SHORTEST)))
    assert document["clients"][0]["cost"] == "9007199254740991"
    assert (document["ceiling"], document["coordinator_fee"], document["cohort"]) == ("7", "0", 3)


def test_an_outcome_with_a_wrong_field_is_refused_by_path() -> None:
    outcome = encode_outcome(clear(decode_instance(Field("market", "", SHORTEST))))
    with pytest.raises(InputError, match=r"^outcome: prices\.e: expected a whole number of base units"):
        decode_outcome(Field("outcome", "", {**outcome, "prices": {"e": 1.5}}))
    with pytest.raises(InputError, match=r"^outcome: funded: expected true or false, got 1$"):
        decode_outcome(Field("outcome", "", {**outcome, "funded": 1}))


def test_an_instance_built_in_python_is_checked_too() -> None:
    with pytest.raises(InputError, match=r"^instance: owners\[0\]\.bid: expected a whole number from 0"):
        Instance(1, 1, 5, 0, 1, 0, (ONE,), (), (Owner("o", -1),), ())
