"""A checkpoint or an answer of 100 MB took 12 GiB of whoever read it: now memory is in proportion, whatever is sent.

What others send is bounded besides: by its outline, and by the model that they were sent.
"""

import json
import re
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cofund.errors import CheckFailed, InputError
from cofund.market.document import MAX_DEPTH, MOST_VALUES, parse_shallow, parsed_document
from cofund.training import checkpoints, updates
from cofund.training.deliveries import Delivery
from cofund.training.edge import EdgeResult, StartingPoint
from cofund.training.engines.nvflare import wire
from cofund.training.hierfavg import Round
from cofund.training.model import Model, from_bytes, model_digest, to_bytes
from cofund.training.updates import KeptRound, KeptUpdate

MEBIBYTE = 2**20
MODEL: Model = (np.linspace(0, 1, 2 * MEBIBYTE, dtype="<f4").reshape(2048, 1024), np.zeros((3, 0), "<f4"))
WORK = StartingPoint(1, 1, MODEL)


def times_its_size(read: Callable[[], Any], size: int) -> float:
    """Most memory that reading takes at once, over the size of what is read."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1] / size
    finally:
        tracemalloc.stop()


def packed(outline: str) -> bytes:
    return len(outline.encode()).to_bytes(4) + outline.encode()


def delivery(client: str) -> Delivery:
    return Delivery(client, "north", 1, True, "", 2**20, bytes(range(32)))


def test_a_checkpoint_is_read_in_three_times_its_size(tmp_path: Path) -> None:
    path = checkpoints.save(tmp_path, Round(1, MODEL, model_digest(MODEL), (delivery("a"),), 0.5))
    assert times_its_size(lambda: checkpoints.load(path), path.stat().st_size) < 3
    assert checkpoints.load(path).digest == model_digest(MODEL)


def test_an_answer_and_a_round_s_updates_are_read_in_twice_their_size(tmp_path: Path) -> None:
    answer = wire.pack(((MODEL, 20), None))
    assert times_its_size(lambda: wire.unpack(answer), len(answer)) < 2
    path = updates.save(tmp_path, KeptRound(1, ((2 * MEBIBYTE,),), (KeptUpdate("a", 1, 5, MODEL[0].ravel()),), ()))
    assert times_its_size(lambda: updates.load(tmp_path, 1), path.stat().st_size) < 2
    assert times_its_size(lambda: from_bytes(to_bytes(MODEL)), MODEL[0].nbytes) < 3


HOSTILE = {
    "a million short strings": '["a"' + ',"a"' * 10**6 + "]",
    "a million keys": "{" + ",".join(f'"{n}":{n}' for n in range(10**6)) + "}",
    "a million empty lists": "[[]" + ",[]" * 10**6 + "]",
    "a million numbers": "[0.5" + ",0.5" * 10**6 + "]",
    "a million levels": "[" * 10**6,
    "one string": f'"{"a" * 8 * MEBIBYTE}"',
    "one string of quotes": '"' + '\\"' * 4 * MEBIBYTE + '"',
    "a string without end": '["' + '\\"' * 4 * MEBIBYTE,
    "a string that ends in a backslash": '["' + '\\"' * 4 * MEBIBYTE + "\\",
    "brackets in a string": '"' + "[" * 8 * MEBIBYTE + '"',
    "one whole number": "1" * 4 * MEBIBYTE,
    "one fraction": "0." + "1" * 4 * MEBIBYTE,
    "bytes": '{"bytes":"' + "ab" * 4 * MEBIBYTE + '"}',
}


@pytest.mark.parametrize("outline", HOSTILE.values(), ids=HOSTILE)
def test_whatever_a_party_sends_costs_a_small_multiple_of_it(outline: str, tmp_path: Path) -> None:
    answer, path = packed(outline), tmp_path / "round-0001.json"
    path.write_text(outline)

    def read(reader: Callable[[Any], Any], given: Any) -> None:
        with suppress(wire.NotOnWire, InputError, ValueError):
            reader(given)

    for reader, given in ((wire.unpack, answer), (checkpoints.load, path)):
        assert times_its_size(lambda reader=reader, given=given: read(reader, given), len(answer)) < 5


def test_what_is_small_and_many_costs_64_mebibytes_at_most() -> None:
    """The worst text that passes the count: two bytes and a comma become a list."""
    outline = "[[]" + ",[]" * (MOST_VALUES // 3 - 2) + "]"
    assert times_its_size(lambda: parse_shallow(outline), 1) < 64 * MEBIBYTE
    with pytest.raises(ValueError, match="too many values"):
        parse_shallow("[[]" + ",[]" * MOST_VALUES + "]")


@pytest.mark.parametrize("text", ["[" * MAX_DEPTH + "]" * MAX_DEPTH, '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH])
def test_the_deepest_nesting_is_read_and_one_more_is_not(text: str) -> None:
    assert parse_shallow(text) == json.loads(text)
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_shallow(f"[{text}]")


@pytest.mark.parametrize("string", ["[" * 99, '"' + "[" * 99, "\\" * 99, "]" * 99])
def test_brackets_in_strings_do_not_count(string: str) -> None:
    for text in (json.dumps(string), json.dumps([string, []]), json.dumps({string: [1]})):
        assert parse_shallow(text) == json.loads(text)


PEOPLE = {
    "as many values as its length allows": '{"schema":"s/1","note":["12345678"' + ',"12345678"' * 600_000 + "]}",
    "a million fractions": '{"schema":"s/1","note":[0.5' + ",0.5" * 10**6 + "]}",
    "a million lists": '{"schema":"s/1","note":[[]' + ",[]" * 10**6 + "]}",
    "a million keys": '{"schema":"s/1"' + "".join(f',"{n}":1' for n in range(10**6)) + "}",
    "a million twins": '{"schema":"s/1"' + ',"a":1' * 10**6 + "}",
    "a million levels": '{"schema":"s/1","note":' + "[" * 10**6,
    "one text": json.dumps({"schema": "s/1", "note": "a" * 8 * MEBIBYTE}),
    "spaces": '{"schema":"s/1","note":' + " " * 8 * MEBIBYTE + "1}",
}


@pytest.mark.parametrize("text", PEOPLE.values(), ids=PEOPLE)
def test_a_document_of_a_person_is_read_in_proportion_too(text: str) -> None:
    """It took 32 times its size, after half a minute in which its brackets were counted to the end."""

    def read() -> None:
        with suppress(InputError):
            parsed_document("file", text.encode(), "s/1").plain()

    assert times_its_size(read, len(text)) < 16


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9" * 5000, "note: expected a smaller number, got a number of 5000 characters"),
        ("9" * 79, "note: expected a smaller number, got a number of 79 characters"),
        ("1e999", "note: expected a smaller number, got 1e999"),
        (r'["\ud800"]', r'note[0]: expected text without half characters, got "\\ud800"'),
        (r'{"\udc00":[]}', r'note: expected text without half characters, got "\\udc00"'),
    ],
)
def test_what_a_document_holds_can_be_written_again_or_is_refused(value: str, expected: str) -> None:
    """A number of 5,000 digits in a record, in terms or in a store was a traceback."""
    with pytest.raises(InputError, match=re.escape(expected)):
        parsed_document("file", f'{{"schema":"s/1","note":{value}}}'.encode(), "s/1").plain()


@pytest.mark.parametrize("value", ["1", "-0", "1.0", "2.5e-3", f"{2**256 - 1}", f"{-(2**255)}", r'"\ud83d\ude00"'])
def test_plain_numbers_are_those_of_json(value: str) -> None:
    text = f'{{"schema":"s/1","note":[{value},null,{{"a":{value}}}]}}'
    assert json.dumps(parsed_document("file", text.encode(), "s/1").plain()) == json.dumps(json.loads(text))


def test_the_largest_honest_answers_are_read_and_longer_ones_are_not_looked_into() -> None:
    """An edge of 1,000 clients returns each value as eight bytes, and a delivery for each of them."""
    asked = wire.pack(WORK)
    assert wire.refused(wire.pack(((MODEL, 2**20), None)), wire.most_bytes(asked, 1)) is None
    clients = tuple(delivery("ü" * 64) for _ in range(1000))
    result = EdgeResult(np.zeros(MODEL[0].size, np.int64), 1000 * 2**20, clients, bytes(65))
    most = wire.most_bytes(asked, 1000)
    assert wire.refused(wire.pack((result, None)), most) is None
    assert wire.refused(bytes(most), most) is None
    assert (
        wire.refused(bytes(most + 1), most)
        == f"The answer has {most + 1:,} bytes, more than {most:,}; it was not read."
    )
    assert wire.refused("text", most) == "The answer cannot be read."
    with pytest.raises(wire.NotOnWire, match="more than 16,777,216"):
        wire.unpack(packed(f'"{"a" * wire.MOST_OUTLINE}"'))


@pytest.mark.parametrize(
    "shapes", ["[[-1,-1]]", "[[1e400]]", "[[true]]", f"[[0,{10**30}]]", f"[{[1] * 33}]", '["12"]', "{}7"]
)
def test_shapes_that_no_array_has_are_refused(shapes: str) -> None:
    with pytest.raises(InputError, match=r"^model: "):
        from_bytes(b"cofund.model/1\n" + shapes.encode() + b"\n" + bytes(4))
    for side in ("-1", "true", "1e400", str(10**30)):
        with pytest.raises(wire.NotOnWire):
            wire.unpack(packed(f'{{"array":["<f4",0,{side}]}}'))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("round", 1e400),
        ("round", "x"),
        ("metric", "x"),
        ("model", "x"),
        ("model", 7),
        ("digest", "zz"),
        ("deliveries", 7),
    ],
)
def test_a_checkpoint_of_another_form_is_one_sentence(field: str, value: Any, tmp_path: Path) -> None:
    path = checkpoints.save(tmp_path, Round(1, MODEL[1:], model_digest(MODEL[1:]), (delivery("a"),), 0.5))
    fields = json.loads(path.read_text())
    path.write_text(json.dumps(fields | {field: value}))
    if field == "metric":
        assert checkpoints.load(path).metric is None
        return
    with pytest.raises(InputError):
        checkpoints.load(path)
    fields["deliveries"][0]["samples"] = -1
    path.write_text(json.dumps(fields))
    with pytest.raises(CheckFailed, match="recorded digests"):
        checkpoints.load(path)
