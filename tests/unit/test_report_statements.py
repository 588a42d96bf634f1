"""Every party's own page: its amounts are its account's, its reasons are the report's, and it fits on paper."""

import csv
import re
from decimal import Decimal

import pytest

from cofund.errors import InputError
from cofund.report.column_kinds import AMOUNTS
from cofund.report.owners import share_rows
from cofund.report.reading import read
from cofund.report.statement_words import _to_client, statement_of
from cofund.report.statements import _plain, render_statement, write_statements
from cofund.report.table_files import write_tables
from cofund.report.tables import tables
from cofund.report.verdict import findings


@pytest.fixture
def found(demo_record):
    return findings(read(demo_record))


def statements(found):
    return {row["id"]: statement_of(found, row) for row in found.reading.record["payments"]}


def test_the_lines_of_every_statement_add_up_to_what_the_account_lost_or_won(found):
    for row in found.reading.record["payments"]:
        statement = statement_of(found, row)
        assert sum(line.amount for line in statement.lines) == int(row["net"])


def test_in_the_demo_rules_explain_every_unit_of_owners_clients_and_edges(found):
    unexplained = {one.id: line for one in statements(found).values() for line in one.lines if line.what == "other"}
    assert unexplained == {}


def test_an_owners_statement_says_what_it_paid_for_which_rounds_and_why_no_more(found):
    owner = next(row for row in found.owners if row.rounds)
    said = statements(found)[owner.id]
    coins = found.reading.currency
    assert said.lead == f"You paid {coins.named(owner.net_paid)} for rounds 1 to {owner.rounds} of the model."
    assert f"Round {owner.rounds + 1} would be worth" in said.because[0]
    assert "to you, but your share" in said.because[0]
    digest = found.reading.record["rounds"][owner.rounds - 1]["model_digest"]
    assert any(digest in sentence for sentence in said.because)


def test_the_rounds_of_an_owners_statement_are_its_charge(found):
    for owner in (row for row in found.owners if row.rounds):
        blocks = {(row.first_round, row.last_round): row.blocks for row in shares_of(found, owner.id)}
        total = 0
        for (_, _, each), blocks_here in zip(statements(found)[owner.id].rounds, blocks.values(), strict=True):
            total += int(Decimal(each.replace(",", "")).scaleb(found.reading.currency.decimals)) * blocks_here
        assert total == owner.charge


def test_the_share_that_an_owner_refused_counts_its_own_weight_among_the_buyers(found):
    """share (w + W) >= cost w > (share - 1) (w + W), W the weight of those who do buy."""
    weights = {row.id: row.weight for row in found.owners}
    for owner in (row for row in found.owners if row.refused):
        block = next(row for row in share_rows(found.reading) if row.first_round == owner.refused.first_round)
        assert len(block.shares) == owner.refused.company
        everybody = owner.weight + sum(weights[name] for name in block.shares)
        assert (owner.refused.share - 1) * everybody < block.cost * owner.weight <= owner.refused.share * everybody
    assert any(row.refused.company for row in found.owners if row.refused)


def shares_of(found, owner):
    return [row for row in share_rows(found.reading) if owner in row.shares]


def test_the_client_that_was_away_reads_which_rounds_are_not_paid(found):
    (away,) = {outage.client for outage in found.outages}
    said = statements(found)[away]
    delivered = found.reading.rounds_done - sum(outage.rounds for outage in found.outages)
    assert f"{delivered} rounds" in said.lead
    assert any("rounds 9 to 14" in sentence for sentence in said.because)


def test_a_silent_owner_reads_that_its_bond_is_lost(found):
    silent = next(row for row in found.owners if row.forfeited)
    said = statements(found)[silent.id]
    assert [line.what for line in said.lines] == ["bond lost: the bid was never opened"]


def test_a_client_that_does_not_train_is_told_why_in_the_second_person(found):
    left_out = next(row for row in found.clients if row.why.startswith("asks "))
    assert statements(found)[left_out.id].because[0].startswith("You ask ")
    assert _to_client("its edge never opened its book") == "Your edge never opened its book."
    assert _to_client("was invited but no open book lists it") == "You were invited but no open book lists you."


def test_an_edge_reads_what_became_of_its_book(found):
    assert "You sealed a book of 3 clients, which was opened." in statements(found)["edge BB"].lead


def test_everybody_in_the_payments_has_a_page_and_the_same_bytes_every_time(found, tmp_path):
    first, second = write_statements(found, tmp_path / "a"), write_statements(found, tmp_path / "b")
    assert len(first) == len(found.reading.record["payments"]) + 1
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    index = first[0].read_text(encoding="utf-8")
    assert sorted(re.findall(r'href="([^"]+)"', index)) == sorted(path.name for path in first[1:])
    assert all(
        "http:" not in path.read_text(encoding="utf-8") and "https:" not in path.read_text(encoding="utf-8")
        for path in first
    )


def test_a_name_cannot_bring_markup_or_leave_the_folder(demo_record):
    owners = [party | {"name": "<script>alert(1)</script>"} for party in demo_record["terms"]["owners"]]
    record = demo_record | {"terms": demo_record["terms"] | {"owners": owners}}
    found = findings(read(record))
    page = render_statement(found, statements(found)[owners[0]["id"]])
    assert "<script" not in page
    assert _plain("../../etc/passwd") == "-etc-passwd"


def test_every_table_of_the_report_is_a_csv_file_whose_sums_are_the_records(found, tmp_path):
    written = {path.stem: path for path in write_tables(tables(found), tmp_path, "csv")}
    rows = {name: list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) for name, path in written.items()}
    record = found.reading.record
    assert len(rows["deliveries"]) == len(record["deliveries"])
    assert {row["accepted"] for row in rows["deliveries"]} == {"true", "false"}
    assert sum(int(row["charge"]) for row in rows["owners"]) == int(record["conservation"]["charges"])
    assert sum(int(row["blocks"]) * int(row["share"]) for row in rows["shares"]) == found.balance.charges
    assert sum(int(row["net"]) for row in rows["payments"]) == -int(record["conservation"]["held"])
    assert sum(int(row["gas"]) for row in rows["gas"]) == sum(int(row["gas_used"]) for row in rows["transactions"])


def test_parquet_files_hold_the_same_values_with_exact_amounts(found, tmp_path):
    from pyarrow import parquet, types

    made = tables(found)
    for path in write_tables(made, tmp_path, "parquet"):
        table = parquet.read_table(path)
        assert [{name: row[name] for name in row} for row in table.to_pylist()] == made[path.stem]
        assert all(types.is_decimal(table.schema.field(name).type) for name in table.column_names if name in AMOUNTS)


def test_an_amount_beyond_64_bits_survives_both_formats(tmp_path):
    from pyarrow import parquet

    largest = 2**96 - 1
    for kind in ("csv", "parquet"):
        write_tables({"one": [{"id": "a", "bid": largest}]}, tmp_path, kind)
    assert parquet.read_table(tmp_path / "one.parquet").to_pylist() == [{"id": "a", "bid": Decimal(largest)}]
    assert (tmp_path / "one.csv").read_text() == f"id,bid\na,{largest}\n"


def test_without_pyarrow_there_is_one_line(found, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"cofund\[columns\]"):
        write_tables(tables(found), tmp_path, "parquet")
