"""The summary that ends ``cofund demo``."""

import pytest
from rich.console import Console

from cofund.report.accuracy import funded_accuracy
from cofund.report.reading import read
from cofund.report.terminal import summary


def shown(record, width=100, verbose=False):
    console = Console(width=width, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(summary(record, verbose=verbose))
    return capture.get()


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("verbose", [False, True])
def test_it_fits_the_terminal_without_cutting_anything_off(demo_record, width, verbose):
    text = shown(demo_record, width, verbose)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_a_person_reads_who_paid_why_it_stopped_and_who_earned(demo_record):
    lines = shown(demo_record).splitlines()
    for owner in demo_record["outcome"]["owners"]:
        (line,) = [line for line in lines if line.startswith(f"{owner['id']} ")]
        assert f" {owner['level']} " in line
        assert f"{owner['level'] + 1}: " in line
        assert " < " in line
    for edge in {winner["edge"] for winner in demo_record["outcome"]["winners"]}:
        assert any(line.startswith(f"{edge} ") for line in lines)
    assert any(line.startswith("all ") and "666.15" in line for line in lines)


def test_accuracy_is_stated_before_after_and_without_training(demo_record):
    mean, text = funded_accuracy(read(demo_record)), " ".join(shown(demo_record).split())
    assert f"is {mean.alone} with a model from the site's own data and {mean.funded} with the funded model" in text
    assert f"needs no training at all (rank days by today's PM10) reaches {mean.untrained}" in text


def test_clients_are_listed_only_when_asked_for(demo_record):
    client = next(winner["id"] for winner in demo_record["outcome"]["winners"] if winner["edge"] == "NI")
    assert client not in shown(demo_record)
    assert client in shown(demo_record, verbose=True)


def test_money_and_gas_take_one_line_each(demo_record):
    text = " ".join(shown(demo_record).split())
    assert "Money is conserved: 66,734.00 rEUR went into the contract" in text
    assert f"used {sum(row['gas'] for row in demo_record['gas']):,} gas" in text


def test_names_are_text_and_not_markup(demo_record):
    demo_record["terms"]["token"]["unit"] = "[bold]EUR"
    assert "Owners ([bold]EUR; " in shown(demo_record)
