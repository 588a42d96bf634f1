"""An edge that signed the right root and published other names beside it kept its clients from finding their pay."""

import json
from typing import Any

import pytest

from cofund.campaign.delivery_rows import Deliveries, Row, deliveries_text, parse_deliveries
from cofund.errors import InputError
from cofund.market.offer_book import CHUNK, delivered_leaf, root_above

CAMPAIGN = "0x" + "11" * 20
NAMES = ["0x" + f"{at + 2:040x}" for at in range(4)]
ROWS = tuple(Row(name, 2**at) for at, name in enumerate(NAMES))
SIGNED = Deliveries(1, CAMPAIGN, 0, CHUNK - 2, 3, ROWS)  # two winners in the first chunk of the book, two in the second


def published(*names: Any) -> bytes:
    document = json.loads(deliveries_text(SIGNED))
    for row, name in zip(document["rows"], names, strict=True):
        row["client"] = name
    return json.dumps(document).encode()


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1], [NAMES[0]] * 4, [CAMPAIGN] * 4])
def test_whatever_names_stand_there_the_offer_at_a_place_finds_its_proof(names: list[str]) -> None:
    found = parse_deliveries("rows", published(*names), 1, CAMPAIGN)
    assert found.root == SIGNED.root
    for place, row in enumerate(ROWS):
        claim, number = found.claim_of(place)
        assert (claim.chunk, claim.bitmaps[number]) == (place // 2, row.bitmap)
        assert root_above(delivered_leaf(claim.chunk, claim.bitmaps), claim.proof) == SIGNED.root
    with pytest.raises(InputError, match="expected a row of the client at 4, found none"):
        found.claim_of(4)


@pytest.mark.parametrize("name", ["x", "", "0x", "11" * 21, NAMES[0] + "1"])
def test_what_is_no_address_is_refused_by_its_row(name: str) -> None:
    with pytest.raises(InputError, match=r"^rows: rows\[1\]\.client: expected an address, got "):
        parse_deliveries("rows", published(NAMES[0], name, *NAMES[2:]), 1, CAMPAIGN)
