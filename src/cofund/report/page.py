"""A self-contained page: one style, at most one script, a policy that allows nothing else, no request to anywhere."""

import hashlib
from base64 import b64encode
from importlib.resources import files
from string import Template

from cofund.report.markup import Html, text


def render_page(title: str, header: Html, main: Html, data: str = "") -> str:
    """The whole page, the same bytes every time.

    Args:
        title: of the window.
        header: what is in this element.
        main: what is in this element.
        data: JSON that ``checks.js`` computes the page's checks from; without it the page has no script.
    """
    style, script = _asset("page.css"), _asset("checks.js")
    element = f'<script type="application/json" id="data">{data}</script>\n<script>{script}</script>\n'
    return Template(_asset("page.html")).substitute(
        title=text(title),
        style=style,
        style_hash=_hash(style),
        script_policy=f"; script-src '{_hash(script)}'" if data else "",
        header=header,
        main=main,
        scripts=element if data else "",
    )


def _asset(name: str) -> str:
    return files("cofund.report").joinpath(name).read_text(encoding="utf-8")


def _hash(inline: str) -> str:
    """What the page's content security policy allows to run or to style: this text and no other."""
    return "sha256-" + b64encode(hashlib.sha256(inline.encode("utf-8")).digest()).decode("ascii")
