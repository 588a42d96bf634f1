"""The journal answers for what was sent, survives a torn line, and refuses to answer for another program."""

import pytest

from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import deploy
from cofund.chain.journal import Journal
from cofund.chain.node import EmbeddedNode
from cofund.errors import InputError, NodeError, Reverted

ALICE, BOB = rehearsal_account("tests", "alice"), rehearsal_account("tests", "bob")


def node(path) -> EmbeddedNode:
    return EmbeddedNode([ALICE.address, BOB.address], Journal(path))


def program(chain, amounts=(5, 7)) -> list[int]:
    token = deploy(chain, ALICE, "TestToken")
    for amount in amounts:
        token.send(ALICE, "mint", "mint", [BOB.address], amount)
    return [token.view("balanceOf", BOB.address), len(chain.sent())]


def test_a_second_run_sends_nothing_again(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    first = program(node(path))
    text = path.read_text()
    assert program(node(path)) == first == [12, 3]
    assert path.read_text() == text


def test_a_longer_program_goes_on_after_the_journal(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    program(node(path), (5,))
    assert program(node(path), (5, 7)) == [12, 3]


def test_a_signed_transaction_without_an_answer_is_sent_as_it_is(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    program(node(path))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    assert program(node(path)) == [12, 3]
    assert path.read_text() == "".join(lines)


def test_a_torn_last_line_is_dropped(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    program(node(path))
    whole = path.read_text()
    path.write_text(whole[:-20])
    assert program(node(path)) == [12, 3]
    assert path.read_text() == whole


def test_another_program_is_refused(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    program(node(path))
    with pytest.raises(NodeError, match="the journal has another transaction here"):
        program(node(path), (6,))


def test_a_damaged_journal_is_named_with_its_line(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"note": "x", "raw": "0x"}\nnonsense\n')
    with pytest.raises(InputError, match="line 2"):
        Journal(path)


def test_a_revert_says_the_contracts_own_sentence() -> None:
    chain = node(None)
    token = deploy(chain, ALICE, "TestToken")
    zero = "0x" + "00" * 20
    with pytest.raises(Reverted, match="pay nobody: transfer: to the zero address"):
        token.send(ALICE, "pay nobody", "transfer", zero, 0)
