"""A visit in a browser with wallets, in which the policy may refuse nothing and no other host is asked."""

import json
from contextlib import contextmanager

from browser_wallet import Wallets


@contextmanager
def opened(chromium, port, wallets, path, script=None):
    """A page with the wallets in it; nothing may be refused by the policy, and no other host be asked."""
    context = chromium.new_context(accept_downloads=True, viewport={"width": 1100, "height": 900})
    wallets.enter(context)
    if script is not None:
        context.add_init_script(path=script)
    page, complaints, hosts = context.new_page(), [], set()
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if request.url.startswith("http") else None)
    page.goto(f"http://127.0.0.1:{port}{path}")
    try:
        yield page
        assert [text for text in complaints if "Failed to load resource" not in text] == []
        assert hosts == {f"127.0.0.1:{port}"}
    finally:
        context.close()


def wallets_of(operating, **accounts: str):
    """Wallets by name, on the node's chain."""
    chain = operating.node.chain_id
    return Wallets(operating.anvil.url, accounts, chain, {chain})


def connected(page):
    """Connect the only wallet of the page."""
    page.get_by_role("button", name="Connect a wallet").click()
    page.get_by_role("button", name="Connect a wallet").wait_for(state="detached")


def seal_in_form(page, button, fields, tmp_path):
    """Fill in a form, save the opening, send; the opening that was saved."""
    kept = save_in_form(page, button, fields, tmp_path)
    assert page.get_by_role("button", name="2. Lock and send").is_disabled()
    send_in_form(page)
    return kept


def send_in_form(page):
    """The second step."""
    page.get_by_label("I have the file").check()
    page.get_by_role("button", name="2. Lock and send").click()


def save_in_form(page, button, fields, tmp_path):
    """The first step: fill in a form and save the opening, which is returned."""
    page.get_by_role("button", name=button).click()
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    with page.expect_download() as download:
        page.get_by_role("button", name="1. Save the opening").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return json.loads(path.read_text())
