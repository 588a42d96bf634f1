"""The rows behind a report, held against the record they are made from."""

import pytest

from cofund.errors import CheckFailed, InputError
from cofund.report.accuracy import accuracy_sentences, funded_accuracy, owner_accuracy
from cofund.report.balance import role_totals
from cofund.report.clients import Fate
from cofund.report.owners import share_rows
from cofund.report.reading import read
from cofund.report.verdict import failures, findings, headline, left_out


@pytest.fixture
def found(demo_record):
    return findings(read(demo_record))


def test_every_invited_party_has_a_row(found, demo_record):
    terms = demo_record["terms"]
    assert [row.id for row in found.owners] == [party["id"] for party in terms["owners"]]
    assert [row.id for row in found.clients] == [party["id"] for party in terms["clients"]]
    assert [row.id for row in found.edges] == [edge["id"] for edge in terms["edges"]]


def test_what_owners_paid_in_the_end_is_what_their_accounts_lost(found, demo_record):
    net = {row["id"]: int(row["net"]) for row in demo_record["payments"]}
    assert {row.id: -row.net_paid for row in found.owners} == {row.id: net[row.id] for row in found.owners}


def test_an_owners_charge_is_the_sum_of_its_shares(found):
    for owner in found.owners:
        shares = sum(row.blocks * row.shares.get(owner.id, 0) for row in share_rows(found.reading))
        assert shares == owner.charge


def test_the_goal_is_shared_by_everyone_who_opened_a_bid(found, demo_record):
    goal = share_rows(found.reading)[0]
    assert (goal.first_round, goal.last_round) == (1, demo_record["terms"]["market"]["goal"])
    assert sorted(goal.shares) == sorted(owner.id for owner in found.owners if owner.bid is not None)


def test_owners_stop_at_different_rounds_where_the_next_one_is_worth_less_than_its_share(found):
    stopped = [owner for owner in found.owners if owner.rounds]
    assert len({owner.rounds for owner in stopped}) > 2
    for owner in stopped:
        assert owner.refused.first_round == owner.rounds + 1
        assert owner.refused.worth < owner.refused.share
        assert f"Round {owner.rounds + 1} would be worth" in owner.why


def test_the_owner_that_did_not_reveal_lost_its_bond_and_nothing_else(found, demo_record):
    (silent,) = [seal["id"] for seal in demo_record["openings"] if seal["salt"] is None]
    (row,) = [owner for owner in found.owners if owner.id == silent]
    bond = int(demo_record["terms"]["bonds"]["owner"])
    assert (row.rounds, row.charge, row.back, row.forfeited, row.net_paid) == (0, 0, 0, bond, bond)
    assert "Never opened its bid" in row.why
    assert any(sentence.startswith(f"{silent}: never opened") for sentence in failures(found))


def test_clients_and_edges_earn_what_the_record_says(found, demo_record):
    conservation = demo_record["conservation"]
    assert sum(client.earned for client in found.clients) == int(conservation["clients"])
    assert sum(edge.client_pay for edge in found.edges) == int(conservation["clients"])
    assert sum(edge.fee_pay for edge in found.edges) == int(conservation["edges"])


def test_a_winner_received_its_pay_and_its_edge_the_bonds_back(found, demo_record):
    received = {row["id"]: int(row["received"]) for row in demo_record["payments"]}
    assert {row.id: row.earned for row in found.clients if row.earned} == {
        row.id: received[row.id] for row in found.clients if row.earned
    }
    bonds = {role: int(amount) for role, amount in demo_record["terms"]["bonds"].items()}
    for edge in found.edges:
        assert received[f"edge {edge.id}"] == edge.fee_pay + edge.offers * bonds["book"] + bonds["edge"]


def test_a_loser_at_a_full_edge_is_told_so(found):
    losers = [client for client in found.clients if client.fate is Fate.EDGE_FULL]
    assert losers
    full = {edge.id: edge for edge in found.edges if edge.winners == edge.capacity}
    for loser in losers:
        assert loser.total >= full[loser.edge].price
        assert f"of {loser.edge} went to offers that are no dearer" in loser.why
    assert f"{len(losers)} edge full" in left_out(found)


def test_a_client_that_dropped_out_is_named_with_its_rounds_and_what_went_back(found, demo_record):
    (outage,) = found.outages
    assert (outage.first_round, outage.last_round, outage.rounds) == (9, 14, 6)
    assert outage.withheld == int(demo_record["conservation"]["undelivered_back_to_payers"])
    assert f"{outage.client} at {outage.edge} did not deliver in rounds 9 to 14" in failures(found)[-1]


def test_rounding_when_refunds_are_split_is_accounted_for_to_the_unit(found, demo_record):
    given = {name: int(amount) for name, amount in demo_record["conservation"].items()}
    returned = sum(owner.back for owner in found.owners)
    left = given["undelivered_back_to_payers"] - returned
    forfeited = sum(owner.forfeited for owner in found.owners)
    (initiator,) = [row for row in role_totals(found.reading) if row.role == "initiator"]
    assert initiator.net == forfeited + given["dust_to_initiator"] + left


def test_role_totals_add_up_to_the_records_sums(found, demo_record):
    totals = role_totals(found.reading)
    assert sum(row.deposited for row in totals) == int(demo_record["conservation"]["deposited"])
    assert sum(row.received for row in totals) == int(demo_record["conservation"]["paid_out"])


def test_accuracy_states_the_rule_without_training_whoever_wins(found, demo_record):
    mean = funded_accuracy(found.reading)
    rows = [row for row in demo_record["gains"] if row["funded"] is not None]
    assert mean.sites == len(rows)
    assert abs(float(mean.untrained) - sum(float(row["untrained"]) for row in rows) / len(rows)) <= 0.00005
    against_rule = accuracy_sentences(found.reading)[1]
    assert f"reaches {mean.untrained}" in against_rule
    assert ("above" in against_rule) == (mean.funded > mean.untrained)
    assert sum(row.sites for row in owner_accuracy(found.reading).values()) == len(demo_record["gains"])


def test_the_funded_model_below_the_rule_is_called_below(demo_record):
    for row in demo_record["gains"]:
        row["untrained"] = "0.9999"
    assert "below that rule, and better at 0 of" in accuracy_sentences(read(demo_record))[1]


def test_the_headline_counts_owners_rounds_clients_and_edges(found, demo_record):
    outcome = demo_record["outcome"]
    buyers = sum(owner["level"] > 0 for owner in outcome["owners"])
    line = headline(found)
    assert line.startswith(f"Funded: {buyers} of {len(demo_record['terms']['owners'])} invited owners bought ")
    assert f"{outcome['cohort']} clients" in line


def test_training_that_ended_early_is_said_in_the_headline_and_among_the_failures(demo_record):
    demo_record["rounds"] = demo_record["rounds"][:-2]
    last = len(demo_record["rounds"])
    demo_record["deliveries"] = [one for one in demo_record["deliveries"] if one["round"] <= last]
    found = findings(read(demo_record))
    assert f"trained {last} of them" in headline(found)
    assert "2 rounds of those bought were never recorded" in failures(found)[-1]


def test_an_outcome_that_the_mechanism_does_not_give_is_refused(demo_record):
    demo_record["outcome"]["owners"][0]["charge"] = "1"
    with pytest.raises(CheckFailed, match="outcome: not what serial gives"):
        read(demo_record)


def test_a_record_without_a_section_is_refused_by_name(demo_record):
    del demo_record["payments"]
    with pytest.raises(InputError, match="payments"):
        read(demo_record)


def test_a_role_without_money_has_no_line(demo_record):
    assert {row.role for row in role_totals(read(demo_record))} == {
        "owners",
        "clients",
        "edges",
        "coordinator",
        "initiator",
    }
    demo_record["payments"] = [row for row in demo_record["payments"] if row["id"] != "initiator"]
    assert "initiator" not in {row.role for row in role_totals(read(demo_record))}
