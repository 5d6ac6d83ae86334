"""``seamless token``: sign a customer in."""

import sys
from contextlib import closing
from datetime import timedelta
from typing import Annotated

import typer

from seamless_retail.graphs.cli.session import command_settings


def token(
    customer: Annotated[str, typer.Argument(help="Id of the customer, such as C0001.")],
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 365, help="How long the token is valid.")] = 12.0,
    staff: Annotated[bool, typer.Option("--staff", help="A member of the shop's staff, who may ask for code.")] = False,
) -> None:
    """Sign a token with which a customer calls the server: Authorization: Bearer TOKEN, or /session?token=TOKEN."""
    from seamless_retail.core.database import open_shop
    from seamless_retail.graphs.identity import customer_principal
    from seamless_retail.graphs.serve.tokens import issue_token
    from seamless_retail.tools.code_queries import STAFF

    settings = command_settings()
    roles = (STAFF,) if staff else ()
    with closing(open_shop(settings.shop_url)) as shop:
        principal = customer_principal(shop.customers, customer)
    sys.stdout.write(issue_token(settings, principal.customer_id, timedelta(hours=hours), roles) + "\n")
