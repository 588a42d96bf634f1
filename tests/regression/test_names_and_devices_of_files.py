"""An offer's file broke lines by its name; ``--out /dev/stdout`` put a file in the place of the device."""

import os

import pytest

from book_offers import CAMPAIGN, CHAIN, LISTING, NORTH, files, offer
from cofund.campaign.sealed_files import quotes_text
from cofund.campaign.signed_offers import collected, write_offer
from cofund.roles.edge_book import bind_book
from cofund.roles.sealed_parts import handed_in


@pytest.mark.parametrize("name", ["a\n\x1b[31mb.json", os.fsdecode(b"\xff.json")])
def test_whatever_a_file_is_called_its_trouble_is_a_line(tmp_path, name) -> None:
    bad, twin, unsigned = (tmp_path / f"{at}{name}" for at in "xyz")
    bad.write_text("{")
    write_offer(offer(cost=4), twin)
    write_offer(offer(1, signature=bytes(64)), unsigned)
    _, refused = collected([*files(tmp_path, offer()), bad, twin, unsigned], LISTING)
    assert [str(error).isprintable() for error in refused] == [True] * 3

    handed = tmp_path / name
    book = bind_book(CHAIN, CAMPAIGN, NORTH.address, [offer()], sealed=True).by_edge[0]
    handed.write_text(quotes_text(book.nameless, CHAIN, CAMPAIGN))
    assert [one.where.isprintable() for one in handed_in(handed, CHAIN, CAMPAIGN)] == [True]


def test_what_is_no_file_is_not_replaced(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is there, and is no file"):
        write_offer(offer(), tmp_path / "pipe")
    assert list(tmp_path.iterdir()) == [tmp_path / "pipe"]
