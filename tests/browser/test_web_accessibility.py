"""Every page in light and dark, wide and narrow: axe-core finds nothing serious, no page is wider than the screen.

The pages are kept as pictures of the run (``screenshots`` in ``conftest.py``), to be looked at by people.
"""

import pytest

from cofund.web.board import record_board
from cofund.web.pages import TABS
from operating import cofund
from web_server import serving

SCREENS = {"wide": {"width": 1100, "height": 900}, "phone": {"width": 390, "height": 844}}
LOOKS = [(colours, screen) for colours in ("light", "dark") for screen in SCREENS]
SERIOUS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter(({impact}) => impact === 'serious' || impact === 'critical')
  .map(({id, nodes}) => [id, nodes.map(({html}) => html).slice(0, 3)])"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PATHS = ["/", "/study", *(f"/campaign/{{}}{end}" for _, _, end in TABS), "/campaign/{}/settlement?why=", "/nowhere"]


@pytest.fixture(scope="module")
def viewer(chromium, axe_path):
    """A page with axe in it; the policy of the server stays in force."""
    context = chromium.new_context()
    context.add_init_script(path=axe_path)
    yield context.new_page()
    context.close()


def inspected(page, colours, screen, shot):
    """Look as a person with these colours on this screen would; whatever axe calls serious fails."""
    page.emulate_media(color_scheme=colours)
    page.set_viewport_size(SCREENS[screen])
    page.screenshot(path=str(shot), full_page=True, animations="disabled")
    assert page.evaluate(SERIOUS) == []
    assert page.evaluate(TOO_WIDE) <= 0


@pytest.fixture(scope="module")
def finished(demo_record_path, tmp_path_factory):
    """The demonstration's record on show, with a saved study."""
    studies = tmp_path_factory.mktemp("studies")
    (studies / "goal").mkdir()
    (studies / "goal" / "families.csv").write_text("family,share of the ceiling\nwide,0.970\nnarrow,0.800\n")
    board = record_board(demo_record_path, studies)
    with serving(board) as port:
        yield port, board


@pytest.mark.parametrize("path", PATHS)
def test_every_page_of_a_finished_campaign(viewer, finished, screenshots, path):
    port, board = finished
    ((address, snapshot),) = board.snapshots.items()
    party = snapshot.reading.instance.owners[0].id if path.endswith("why=") else ""
    viewer.goto(f"http://127.0.0.1:{port}{path.format(address)}{party}")
    name = path.format("finished").strip("/").replace("/", "-").replace("?why=", "-why") or "campaigns"
    for colours, screen in LOOKS:
        inspected(viewer, colours, screen, screenshots / f"{name}-{colours}-{screen}.png")


@pytest.mark.parametrize("name", ["report.html", "statements/index.html", "statements/owner.html"])
def test_the_report_and_statements(viewer, reported, screenshots, name):
    found = reported / name if not name.endswith("owner.html") else min((reported / "statements").glob("[!i]*.html"))
    viewer.goto(found.as_uri())
    for colours, screen in LOOKS:
        inspected(viewer, colours, screen, screenshots / f"{name.replace('/', '-')}-{colours}-{screen}.png")


@pytest.fixture(scope="module")
def reported(demo_record_path, tmp_path_factory):
    """What ``cofund report --statements`` writes."""
    folder = tmp_path_factory.mktemp("report")
    out, statements = folder / "report.html", folder / "statements"
    code, printed = cofund("report", demo_record_path, "--out", out, "--statements", statements)
    assert code == 0, printed
    return folder
