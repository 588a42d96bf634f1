"""An edge that signed the right root and published other names beside it kept its clients from finding their pay."""

import json
from typing import Any

import pytest

from cofund import merkle
from cofund.campaign.delivery_rows import Deliveries, Row, deliveries_text, parse_deliveries
from cofund.errors import InputError
from cofund.settlement.ledger import delivery_leaf

CAMPAIGN, NAMES = "0x" + "11" * 20, ["0x" + f"{at}{at}" * 20 for at in (2, 3, 4)]
ROWS = tuple(Row(5 * at, name, 2**at) for at, name in enumerate(NAMES))
SIGNED = Deliveries(1, CAMPAIGN, 0, 3, ROWS)


def published(*names: Any) -> bytes:
    document = json.loads(deliveries_text(SIGNED))
    for row, name in zip(document["rows"], names, strict=True):
        row["client"] = name
    return json.dumps(document).encode()


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1], [NAMES[0]] * 3, [CAMPAIGN] * 3])
def test_whatever_names_stand_there_the_offer_at_a_position_finds_its_proof(names: list[str]) -> None:
    found = parse_deliveries("rows", published(*names), 1, CAMPAIGN)
    assert found.root == SIGNED.root
    for at, row in enumerate(ROWS):
        mine, proof = found.proof(row.position)
        assert merkle.verify(SIGNED.root, delivery_leaf(5 * at, 2**at), proof)
        assert (mine.position, mine.bitmap) == (5 * at, 2**at)
    with pytest.raises(InputError, match="expected a row of the offer at 1, found none"):
        found.proof(1)


@pytest.mark.parametrize("name", ["x", "", "0x", "11" * 21, NAMES[0] + "1"])
def test_what_is_no_address_is_refused_by_its_row(name: str) -> None:
    with pytest.raises(InputError, match=r"^rows: rows\[1\]\.client: expected an address, got "):
        parse_deliveries("rows", published(NAMES[0], name, NAMES[2]), 1, CAMPAIGN)
