"""Every page in light and dark, wide and narrow: axe-core finds nothing serious, no page is wider than the screen.

The pages are kept as pictures of the run (``screenshots`` in ``conftest.py``), to be looked at by people.
"""

import pytest

from campaign_days import Days
from cofund.web.board import record_board
from cofund.web.pages import TABS
from following import following
from operating import CLIENTS, OWNER, cofund
from visiting import opened, wallets_of
from web_server import serving

SCREENS = {"wide": {"width": 1100, "height": 900}, "phone": {"width": 390, "height": 844}}
LOOKS = [(colours, screen) for colours in ("light", "dark") for screen in SCREENS]
SERIOUS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter(({impact}) => impact === 'serious' || impact === 'critical')
  .map(({id, nodes}) => [id, nodes.map(({html}) => html).slice(0, 3)])"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth, wide = document.documentElement.scrollWidth > width;
  const out = [...document.querySelectorAll('body *')].filter((one) => !one.closest('.scroll, .tabs, .skip, svg'))
    .filter((one) => one.getBoundingClientRect().right > width + 1).map((one) => one.outerHTML.slice(0, 200));
  return wide ? [...out, 'the page'] : out;
}"""
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
    assert page.evaluate(TOO_WIDE) == []


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


@pytest.mark.parametrize("name", ["report", "index", "initiator", "edge-BB", "NW-new", "DEBB053"])
def test_the_report_and_statements(viewer, reported, screenshots, name):
    (found,) = reported.rglob(f"*{name}.html")
    viewer.goto(found.as_uri())
    for colours, screen in LOOKS:
        inspected(viewer, colours, screen, screenshots / f"{name}-{colours}-{screen}.png")


LONG_WORDS = """() => {
  for (const one of document.querySelectorAll('main p, main li')) one.append(' 0x' + 'ab'.repeat(32));
}"""


@pytest.mark.parametrize("name", ["report.html", "served"])
def test_a_digest_in_a_sentence_makes_no_page_wider_than_a_phone(viewer, finished, reported, name):
    port, board = finished
    (address,) = board.snapshots
    there = f"http://127.0.0.1:{port}/campaign/{address}" if name == "served" else (reported / name).as_uri()
    viewer.set_viewport_size(SCREENS["phone"])
    viewer.goto(there)
    viewer.evaluate(LONG_WORDS)
    assert "abab" in viewer.locator("main li").first.inner_text()
    assert viewer.evaluate(TOO_WIDE) == []


@pytest.fixture(scope="module")
def reported(demo_record_path, tmp_path_factory):
    """What ``cofund report --statements`` writes."""
    folder = tmp_path_factory.mktemp("report")
    out, statements = folder / "report.html", folder / "statements"
    code, printed = cofund("report", demo_record_path, "--out", out, "--statements", statements)
    assert code == 0, printed
    return folder


VISIBLE = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled).length"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  if (one === document.body) return null;
  window.reached = (window.reached ?? new Map());
  if (!window.reached.has(one)) window.reached.set(one, window.reached.size);
  return [window.reached.get(one), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
}"""


@pytest.mark.parametrize("end", ["", "/settlement", "/audit"])
def test_everything_is_reached_by_tab_and_seen_when_it_is(viewer, finished, end):
    port, board = finished
    (address,) = board.snapshots
    viewer.goto(f"http://127.0.0.1:{port}/campaign/{address}{end}")
    viewer.get_by_role("button", name="colours").wait_for()
    count, reached = viewer.evaluate(VISIBLE), []
    for _ in range(count):
        viewer.keyboard.press("Tab")
        reached.append(viewer.evaluate(FOCUSED))
    assert [place for place, _ in reached] == list(range(count))
    assert all(outlined for _, outlined in reached)


def test_the_skip_link_and_a_fold_are_operated_with_enter(viewer, finished):
    port, board = finished
    (address,) = board.snapshots
    viewer.goto(f"http://127.0.0.1:{port}/campaign/{address}")
    viewer.keyboard.press("Tab")
    assert viewer.get_by_role("link", name="Skip to content").bounding_box()["x"] >= 0
    viewer.keyboard.press("Enter")
    viewer.keyboard.press("Tab")
    assert viewer.evaluate("document.querySelector('main').contains(document.activeElement)")
    viewer.locator("summary").first.focus()
    viewer.keyboard.press("Enter")
    assert viewer.locator("[data-rounds]").first.evaluate("one => one.open")


def looked_at(page, screenshots, name):
    """As ``inspected``, in two of the four looks: campaigns in progress."""
    inspected(page, "light", "wide", screenshots / f"{name}-light-wide.png")
    inspected(page, "dark", "phone", screenshots / f"{name}-dark-phone.png")


@pytest.mark.node
def test_a_campaign_in_progress_with_a_wallet(chromium, axe_path, campaign, screenshots):
    wallets = wallets_of(campaign, fox=OWNER.address, rabbit=CLIENTS[0].address)
    address, days, steps = campaign.address, Days(campaign), ("commit", "reveal", "settle", "training", "deliveries")
    with (
        following(campaign.anvil.url, [address]) as port,
        opened(chromium, port, wallets, f"/campaign/{address}", axe_path) as page,
    ):
        page.get_by_role("button", name="Connect a wallet").focus()
        page.keyboard.press("Enter")
        looked_at(page, screenshots, "wallets")
        page.get_by_role("dialog").get_by_role("button", name="rabbit").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Sign an offer").focus()
        page.keyboard.press("Enter")
        assert page.get_by_label("What you ask per round").evaluate("one => one === document.activeElement")
        looked_at(page, screenshots, "form")
        for text in ("0.0003", "0,5"):
            page.get_by_label("What you ask per round").fill(text)
            looked_at(page, screenshots, f"form-with-{text}")
        page.get_by_role("button", name="Close").press("Enter")
        for step in steps:
            getattr(days, step)()
            title = {"commit": "Sealed bids and books", "settle": "Settlement"}.get(step, step.capitalize())
            page.get_by_role("heading", name=title, exact=True).first.wait_for()
            looked_at(page, screenshots, f"campaign-{step}")
        page.goto(f"http://127.0.0.1:{port}/campaign/{address}/account")
        page.get_by_text("Connected as").wait_for()
        looked_at(page, screenshots, "account-connected")
