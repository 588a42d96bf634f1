"""What ``cofund web`` refuses, escapes and survives; a finished campaign from its record, without a node."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cofund.errors import InputError
from cofund.web.app import LOCAL
from cofund.web.board import Board, record_board
from cofund.web.pages import TABS
from cofund.web.row_tables import TABLES, to_csv
from cofund.web.serving import listen
from web_server import get, serving

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.fixture(scope="module")
def board(demo_record_path, tmp_path_factory):
    return record_board(demo_record_path, tmp_path_factory.mktemp("studies"))


@pytest.fixture(scope="module")
def port(board):
    with serving(board) as port:
        yield port


@pytest.fixture(scope="module")
def address(board):
    (address,) = board.snapshots
    return address


def every_page(address):
    return ["/", "/study", *(f"/campaign/{address}{end}" for _, _, end in TABS), "/nowhere", "/campaign/0x12"]


def test_every_page_has_the_policy_and_nothing_that_it_would_refuse(port, address):
    for path in every_page(address):
        answer = get(port, path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*(src=|application/json))", answer.text)
        assert not re.search(r"\s(style|on[a-z]+)=", answer.text)
        assert not re.search(r"""(src|href)=["'](https?:)?//""", answer.text)


def test_scripts_and_styles_ask_no_other_host(port):
    static = Path(__file__).parents[2] / "src" / "cofund" / "web" / "static"
    own = [
        path for path in static.iterdir() if path.suffix in {".js", ".css"} and path.stem not in {"uplot", "ethereum"}
    ]
    assert len(own) > 10
    for path in own:
        assert not re.search(r"https?://|eval\(|innerHTML", path.read_text()), path.name
        assert get(port, f"/static/{path.name}").status == 200


def test_names_from_the_terms_are_text(board, tmp_path):
    (found,) = board.snapshots.values()
    terms = json.loads(json.dumps(found.campaign.document))
    terms["name"] = EVIL
    for party in [*terms["owners"], *terms["clients"], *terms["edges"]]:
        party["name"] = EVIL
    evil = Board(tmp_path)
    evil.show(with_document(found, terms))
    with serving(evil) as port:
        for path in every_page(found.address)[:-2]:
            text = get(port, path).text
            assert "<script>alert" not in text
            assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_cell_that_a_spreadsheet_would_run_is_text(board):
    (found,) = board.snapshots.values()
    terms = json.loads(json.dumps(found.campaign.document))
    terms["owners"][0]["name"] = '=HYPERLINK("http://evil")'
    assert "'=HYPERLINK" in to_csv(TABLES["owners"], with_document(found, terms))


def with_document(shown, terms):
    return replace(
        shown,
        campaign=replace(shown.campaign, document=terms),
        reading=replace(shown.reading, record=shown.reading.record | {"terms": terms}),
    )


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_a_name_that_is_not_ours_is_refused(port, host):
    assert get(port, "/api/v1/campaigns", Host=host).status == 400


@pytest.mark.parametrize("host", [*LOCAL, "localhost:8420"])
def test_our_own_names_are_answered(port, host):
    assert get(port, "/api/v1/campaigns", Host=host).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed(port, address, method):
    for path in ["/", f"/campaign/{address}", f"/api/v1/campaigns/{address}", "/events", "/metrics"]:
        assert get(port, path, method).status == 405


def test_what_is_not_there_is_404(port, address):
    for path in (
        f"/api/v1/campaigns/{address}/secrets",
        "/api/v1/campaigns/0x00",
        "/static/../app.py",
        "/static/nothing.js",
    ):
        assert get(port, path).status == 404


def test_a_record_is_shown_whole(port, address, demo_record):
    payments = get(port, f"/api/v1/campaigns/{address}/payments").json()["rows"]
    assert sum(int(row["deposited"]) for row in payments) == int(demo_record["conservation"]["deposited"])
    assert sum(int(row["received"]) for row in payments) == int(demo_record["conservation"]["paid_out"])
    rounds = get(port, f"/api/v1/campaigns/{address}/rounds").json()["rows"]
    assert [row["metric_ppb"] for row in rounds] == [row["metric_ppb"] for row in demo_record["rounds"]]
    assert all(row["holds"] for row in get(port, f"/api/v1/campaigns/{address}/checks").json()["rows"])


def test_why_gives_the_arithmetic_of_everyone_who_opened(port, address, demo_record):
    market = demo_record["instance"]
    opened = [party["id"] for party in (*market["owners"], *market["clients"])]
    assert len(opened) > 30
    for party in opened[:: len(opened) // 5]:
        lines = get(port, f"/api/v1/campaigns/{address}/why/{party}").json()["lines"]
        assert len(lines) > 2
    assert get(port, f"/api/v1/campaigns/{address}/why/nobody").status == 404


def test_saved_studies_are_shown(board, tmp_path):
    (tmp_path / "goal").mkdir()
    (tmp_path / "goal" / "families.csv").write_text("family,share\n<b>,0.9\n")
    with serving(replace(board, studies=tmp_path)) as port:
        text = get(port, "/study").text
    assert "families" in text
    assert "&lt;b&gt;" in text


def test_a_page_and_its_scripts_are_small(port, address):
    text = get(port, f"/campaign/{address}", Accept_Encoding="gzip")
    static = Path(__file__).parents[2] / "src" / "cofund" / "web" / "static"
    scripts = [get_size(port, f"/static/{path.name}") for path in static.iterdir() if path.suffix in {".js", ".css"}]
    page = get_size(port, f"/campaign/{address}")
    assert text.headers["content-encoding"] == "gzip"
    assert page + sum(scripts) < 80_000


def get_size(port, path):
    return int(get(port, path, Accept_Encoding="gzip").headers["content-length"])


def test_a_port_that_is_taken_is_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="expected a free address"):
            listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_while_somebody_listens(demo_record_path, end):
    command = [sys.executable, "-m", "cofund", "web", "--record", str(demo_record_path), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    try:
        assert select.select([process.stdout], [], [], 60)[0]
        port = int(re.search(r":(\d+)/", process.stdout.readline()).group(1))
        with socket.create_connection(("127.0.0.1", port)) as stream:
            stream.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            heard = b""
            while b"event: change" not in heard:
                heard += stream.recv(4096)
            process.send_signal(end)
            assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
