"""The root of the command line: the command tree, ``--version``, ``--debug``, and how errors are shown."""

import logging
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from seamless_retail import __version__
from seamless_retail.core.errors import SeamlessError
from seamless_retail.graphs.cli.ask import ask
from seamless_retail.graphs.cli.chat import chat
from seamless_retail.graphs.cli.clara import app as clara
from seamless_retail.graphs.cli.code import app as code
from seamless_retail.graphs.cli.console import out, print_error
from seamless_retail.graphs.cli.doctor import doctor
from seamless_retail.graphs.cli.forecast import forecast
from seamless_retail.graphs.cli.graph import graph
from seamless_retail.graphs.cli.guard import app as guard
from seamless_retail.graphs.cli.handovers import app as handovers
from seamless_retail.graphs.cli.index import app as index
from seamless_retail.graphs.cli.memory import app as memory
from seamless_retail.graphs.cli.persona import app as persona
from seamless_retail.graphs.cli.recommend import app as recommend
from seamless_retail.graphs.cli.rerank import rerank
from seamless_retail.graphs.cli.route import route
from seamless_retail.graphs.cli.serve import serve
from seamless_retail.graphs.cli.shop import app as shop
from seamless_retail.graphs.cli.token import token
from seamless_retail.graphs.cli.train import app as train
from seamless_retail.graphs.cli.translate import translate
from seamless_retail.graphs.cli.visual import app as visual


class SeamlessGroup(TyperGroup):
    """Shows our own errors as message and remedy with exit code 1, and everything else as what it is: a defect."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except SeamlessError as error:
            if ctx.params.get("debug"):
                raise
            print_error(error)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=SeamlessGroup,
    help="Retail assistants that remember, and never recommend what could hurt the customer.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
)
app.command("ask")(ask)
app.command("chat")(chat)
app.command("serve")(serve)
app.command("route")(route)
app.command("rerank")(rerank)
app.command("forecast")(forecast)
app.command("doctor")(doctor)
app.command("translate")(translate)
app.command("graph")(graph)
app.command("token")(token)
app.add_typer(shop, name="shop")
app.add_typer(index, name="index")
app.add_typer(clara, name="clara")
app.add_typer(guard, name="guard")
app.add_typer(memory, name="memory")
app.add_typer(handovers, name="handovers")
app.add_typer(recommend, name="recommend")
app.add_typer(train, name="train")
app.add_typer(code, name="code")
app.add_typer(visual, name="visual")
app.add_typer(persona, name="persona")


def _print_version(wanted: bool) -> None:
    if wanted:
        out.print(f"seamless-retail {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and debug logs.")] = False,
) -> None:
    """Set up logging before any command runs."""
    handler = logging.StreamHandler()
    handler.addFilter(_is_worth_showing)
    handler.addFilter(_redacted)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", handlers=[handler])
    if debug:
        logging.getLogger("seamless_retail").setLevel(logging.DEBUG)


def _is_worth_showing(record: logging.LogRecord) -> bool:
    """Ours as configured; of other packages, some of which log at DEBUG whatever is configured, only warnings."""
    return record.levelno >= logging.WARNING or record.name.startswith("seamless_retail")


def _redacted(record: logging.LogRecord) -> bool:
    """Without personal data, whichever package logs; ours are redacted where they are made."""
    from seamless_retail.core.redaction import Redactor
    from seamless_retail.graphs.privacy import redacted_record

    redacted_record(record, Redactor())
    return True


def main() -> None:
    """Run the command line."""
    app()
