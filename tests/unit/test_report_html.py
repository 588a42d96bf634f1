"""The HTML report: one file, the same bytes, no request, nothing lost, nothing injected."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from cofund.money import money
from cofund.report.html import SECTIONS, render_report

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Elements, attributes and texts, with a complaint about every tag that does not close."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open, self.attributes, self.tags, self.texts = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"script", "style"}:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def page(demo_record):
    return render_report(demo_record)


def test_rebuilding_gives_the_same_bytes(page, demo_record_text):
    assert render_report(json.loads(demo_record_text)) == page


def test_checksums_of_the_records_lines_are_not_needed(page, demo_record):
    del demo_record["lines"]
    assert render_report(demo_record) == page


def test_every_element_closes_and_every_anchor_exists(page):
    parsed = Page(page)
    assert not parsed.open
    anchors = {value for _, name, value in parsed.attributes if name == "href"}
    ids = [value for _, name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert anchors == {f"#{anchor}" for anchor in SECTIONS}
    assert {anchor.removeprefix("#") for anchor in anchors} <= set(ids)


def test_nothing_is_fetched_from_anywhere(page):
    script = re.search(r"<script>(.*)</script>", page, re.DOTALL)[1]
    assert not re.search(r"fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import", script)
    assert not re.search(r"https?:|url\(|@import|\bsrc=", page)
    parsed = Page(page)
    assert not {"link", "img", "iframe", "object", "base", "form"} & set(parsed.tags)
    assert not [name for _, name, _ in parsed.attributes if name.startswith("on") or name == "style"]


def test_the_policy_allows_exactly_the_style_and_the_script_in_the_page(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    for kind in ("style", "script"):
        inline = re.search(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)[1]
        digest = b64encode(sha256(inline.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_it_fits_into_an_email(page):
    assert len(page.encode()) < 120_000


def test_sections_come_in_the_order_of_the_campaign(page):
    places = [page.index(f'id="{anchor}"') for anchor in SECTIONS]
    assert places == sorted(places)


def rows_of(page, caption):
    """First cell -> other cells of the table with this caption."""
    table = re.search(rf"<caption>{re.escape(caption)}.*?</table>", page, re.DOTALL)[0]
    rows = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table))
    return {cells[0]: cells[1:] for cells in rows}


def test_every_amount_of_the_conservation_of_money_equals_the_records_to_the_unit(page, demo_record):
    given = {name: money(int(amount), 6, least=6) for name, amount in demo_record["conservation"].items()}
    assert given.pop("not_earned_back_to_payers") == "0.000000"  # nothing was halted, so there is no such line
    charges = rows_of(page, "Where the owners&#x27; charges went")
    assert {name: cells[0] for name, cells in charges.items() if name != "To"} == {
        "clients": given["clients"],
        "edges": given["edges"],
        "coordinator": given["coordinator"],
        "undelivered rounds, back to owners": given["undelivered_back_to_payers"],
        "rounding of shares, to the initiator": given["dust_to_initiator"],
        "all charges": given["charges"],
    }
    everybody = rows_of(page, "In and out of the contract")["all"]
    assert everybody == ["", given["deposited"], given["paid_out"], "", given["held"]]


def test_every_party_digest_and_account_is_there(page, demo_record):
    text, terms = Page(page).text, demo_record["terms"]
    for party in [*terms["owners"], *terms["clients"], *terms["edges"]]:
        assert party["id"] in text
    for row in demo_record["rounds"]:
        assert row["model_digest"] in text
        assert row["updates_root"] in text
    for seal in demo_record["openings"]:
        assert seal["commitment"] in text
        assert seal["salt"] is None or seal["salt"] in text
    for root in demo_record["roots"]:
        assert root["root"] in text
    for payment in demo_record["payments"]:
        assert payment["account"] in text
    for name in ("address", "factory", "contracts_sha256"):
        assert demo_record["campaign"][name] in text


def test_names_cannot_inject_markup(demo_record):
    evil = "<script>alert('x')</script>\"&amp;"
    demo_record["terms"]["owners"][0]["name"] = evil
    demo_record["terms"]["edges"][0]["name"] = evil
    demo_record["campaign"]["name"] = evil
    demo_record["terms"]["token"]["unit"] = evil
    demo_record["deliveries"] = [
        one if one["accepted"] else one | {"reason": evil} for one in demo_record["deliveries"]
    ]
    page = render_report(demo_record)
    assert "<script>alert" not in page
    assert evil in Page(page).text
    assert page.count("<script") == 2


def test_embedded_data_cannot_end_its_script_element(demo_record):
    demo_record["conservation"]["held"] = "0"
    demo_record["conservation"] = demo_record["conservation"] | {"</script><b>": "0"}
    page = render_report(demo_record)
    embedded = re.search(r'id="data">(.*)</script>\n<script>', page)[1]
    assert not re.search(r"[<>&]", embedded)
    data = json.loads(embedded)
    assert data["conservation"]["</script><b>"] == "0"


def test_no_transactions_are_embedded(page, demo_record):
    assert demo_record["transactions"][0]["raw"] not in page


def test_every_table_says_what_it_is_and_heads_its_rows_and_columns(page):
    parsed = Page(page)
    assert parsed.tags.count("table") == parsed.tags.count("caption") > 8
    scopes = [value for tag, name, value in parsed.attributes if (tag, name) == ("th", "scope")]
    assert len(scopes) == parsed.tags.count("th")
    assert set(scopes) == {"row", "col"}


def test_every_figure_says_in_words_what_it_shows(page, demo_record):
    parsed = Page(page)
    assert parsed.tags.count("svg") == parsed.tags.count("figcaption") == 3
    assert parsed.tags.count("title") == 1 + 3
    assert f"to {demo_record['rounds'][-1]['metric']} after round {len(demo_record['rounds'])}" in parsed.text


def test_the_last_line_is_the_command_that_proves_it(page):
    main = re.search(r"<main>(.*)</main>", page, re.DOTALL)[1]
    assert Page(main).text.endswith("cofund verify record.json")
    assert "Whoever forges a report can forge these checks" in page


def test_money_that_is_missing_is_called_missing(demo_record):
    demo_record["conservation"]["paid_out"] = "1"
    text = Page(render_report(demo_record)).text
    assert "✗ money missing" in text
    assert "MONEY IS NOT CONSERVED" in text
