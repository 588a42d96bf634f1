"""``cofund campaign give-up`` ended in a traceback where books are open: their contract has no such call."""

from pathlib import Path

import pytest

from anvil import Anvil
from operating import FLAGS
from parties import Parties

pytestmark = pytest.mark.node


def test_where_books_are_open_there_is_nothing_to_confirm_or_to_give_up(tmp_path: Path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = Parties(anvil, tmp_path, willing=False)
        for call in ("confirm", "give-up"):
            assert parties.call(call) == (6, "error: settle: no such attempt")
