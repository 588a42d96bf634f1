"""Options of commands that run from a kit: with ``--campaign`` they also work at a campaign on a node."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cofund.cli.connection import Address, Signing, optional_rpc_options, signing_options
from cofund.cli.role_session import Session, output_options, terms_option
from cofund.errors import InputError

F = TypeVar("F", bound=Callable[..., Any])


def campaign_options(role: str) -> Callable[[F], F]:
    """``--campaign`` and what belongs to it, handed over as one ``session``; None without a campaign."""

    def decorate(function: F) -> F:
        def gathered(
            campaign: str | None,
            rpc_url: str | None,
            state: Path,
            signing: Signing,
            terms: Path | None,
            as_json: bool,
            quiet: bool,
            **own: Any,
        ) -> Any:
            session = None
            if campaign is not None:
                url = required_url(rpc_url)
                session = Session(role, campaign, url, state, signing, terms, None, as_json, quiet)
            return function(session=session, **own)

        gathered.__doc__, gathered.__name__ = function.__doc__, function.__name__
        gathered.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
        options = optional_rpc_options(signing_options(terms_option(output_options(gathered))))
        return click.option("--campaign", type=Address(), help="The campaign that pays for it.")(options)  # type: ignore[return-value]

    return decorate


def required_url(rpc_url: str | None) -> str:
    """The node's URL.

    Raises:
        InputError: there is none.
    """
    if rpc_url is None:
        raise InputError("--campaign", "--rpc-url", "expected the URL of the node that the campaign is on")
    return rpc_url
