"""The clock of a development node is set forward; nobody's else is."""

import pytest

from anvil import Anvil
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from consortium import Consortium
from operating import FLAGS, START, cofund

pytestmark = pytest.mark.node


def test_the_clock_of_a_development_node_is_set_forward_and_no_other() -> None:
    with Anvil(FLAGS) as anvil, Consortium(anvil.url) as relay:
        code, printed = cofund("node", "advance", 3600, "-r", anvil.url)
        assert (code, printed) == (0, "clock     2026-01-01T01:00:00Z\n")
        assert connect(anvil.url, Journal()).now() >= START + 3600
        code, printed = cofund("node", "advance", 3600, "-r", relay.url)
        assert code == 5
        assert printed == f"error: {relay.url}: not a development node: nobody sets its clock"
