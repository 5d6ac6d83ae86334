"""``seamless visual``: pictures of products, indexed, searched and named."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from seamless_retail.core.errors import InvalidQueryError, ModelFileError, SeamlessError, SearchIndexError
from seamless_retail.graphs.cli.console import err, out, progress_bars
from seamless_retail.graphs.cli.jsonl import Line, read_batches, standard_input, write_line
from seamless_retail.graphs.cli.session import command_settings, prepare

if TYPE_CHECKING:
    from seamless_retail.core.images import Picture
    from seamless_retail.core.ports import Shop
    from seamless_retail.core.settings import Settings
    from seamless_retail.retrievers.visual import CatalogueSight

app = typer.Typer(
    help="Index pictures of products, search by picture, and name what pictures show.", no_args_is_help=True
)

ImageOption = Annotated[str, typer.Option("--image", help="A picture: a file, or an https address of an allowed host.")]
CountOption = Annotated[int, typer.Option("-k", min=1, max=100, help="How many at most.")]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="Read and write JSON lines.")]


@app.command()
def index(
    pictures: Annotated[
        Path | None,
        typer.Argument(help="CSV or JSONL of image and product (id or SKU), or a folder whose names are product ids."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Build anew, also over a damaged index.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Bring the visual index up to date with the shop's texts, and with pictures of its products where some are given.

    Pictures that were indexed before stay unless others are given.
    """
    from seamless_retail.graphs.sight import departments_of, open_image_encoder
    from seamless_retail.retrievers.visual import build_visual_index, read_pictures

    with _opened() as (settings, shop):
        given = read_pictures(pictures, _product_of(shop)) if pictures else None
        encoder = open_image_encoder(settings)
        with progress_bars() as step:
            report = build_visual_index(
                shop,
                settings.visual_index_folder,
                encoder,
                given,
                departments=departments_of(settings),
                progress=step("Embedding texts and pictures"),
                force=force,
            )
    if as_json:
        out.print_json(report.model_dump_json())
        return
    for path, reason in report.refused.items():
        err.print(f"[yellow]{escape(path)}[/] {escape(reason)}", soft_wrap=True)
    out.print(
        f"{report.texts:,} texts and {report.pictures:,} pictures in {escape(str(report.directory))}; "
        f"{report.embedded:,} embedded, {len(report.refused):,} refused, {report.seconds:.1f} s",
        soft_wrap=True,
    )


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words, alone or beside a picture.", show_default=False)] = "",
    image: ImageOption = "",
    k: CountOption = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    jsonl: JsonlOption = False,
) -> None:
    """Find products by a picture, by words, or by both: what the words say of price, colour and the like must hold.

    With --jsonl, lines {"id","image","text"} are read on standard input, and a line is written for each.
    """
    _check_given(bool(text or image), jsonl)
    with _opened() as (settings, shop):
        sight = _sight(settings, shop)
        if sight.index is None:
            raise SearchIndexError("There is no visual index.", "Build it: seamless visual index")
        if jsonl:
            _answer_lines(lambda line: _search(settings, shop, sight, line.get("image"), line.get("text"), k))
            return
        found = _search(settings, shop, sight, image, text, k)
    if as_json:
        out.print_json(json.dumps(found))
        return
    for product in found["products"]:
        out.print(
            f"[bold]{product['score']:.2f}[/]  [cyan]{product['product_id']}[/]  {escape(product['name'])}  "
            f"[dim]{product['price']}, by {product['found_by']}[/]",
            soft_wrap=True,
        )
    if not found["products"]:
        out.print("No product was found.")


@app.command()
def classify(
    images: Annotated[
        list[str] | None, typer.Argument(help="Pictures: files or addresses.", show_default=False)
    ] = None,
    k: CountOption = 3,
    jsonl: JsonlOption = False,
) -> None:
    """Name what pictures show, with probabilities; a picture that shows nothing known is said to.

    With --jsonl, lines {"id","image"} are read on standard input, and a line is written for each.
    """
    _check_given(bool(images), jsonl)
    with _opened() as (settings, shop):
        sight = _sight(settings, shop)
        if jsonl:
            _answer_lines(lambda line: _classify(settings, sight, line.get("image") or "", k))
            return
        for image in images or ():
            found = _classify(settings, sight, image, k)
            named = ", ".join(f"{label['name']} {label['probability']:.2f}" for label in found["labels"])
            known = escape(named) if found["recognised"] else f"[yellow]not recognised[/] [dim]({escape(named)})[/]"
            out.print(f"{escape(found['source'])}: {known}", soft_wrap=True)


def _check_given(given: bool, jsonl: bool) -> None:
    if given == jsonl:
        raise InvalidQueryError(
            "There is nothing to look at." if not jsonl else "Arguments and --jsonl exclude each other.",
            "Give a picture or words, or feed JSON lines with --jsonl.",
        )


@contextmanager
def _opened() -> "Iterator[tuple[Settings, Shop]]":
    """The settings and the shop, which the first command makes.

    Raises:
        ModelFileError: There is nothing to look at pictures with.
    """
    from seamless_retail.core.database import open_shop
    from seamless_retail.graphs.sight import missing_sight

    settings = command_settings()
    if reason := missing_sight(settings):
        raise ModelFileError(reason, "Set SEAMLESS_IMAGE_ENCODER to `grocery`, or to a CLIP or SigLIP name or path.")
    prepare(settings)
    with closing(open_shop(settings.shop_url)) as shop:
        yield settings, shop


def _sight(settings: "Settings", shop: "Shop") -> "CatalogueSight":
    from seamless_retail.graphs.sight import open_catalogue_sight

    with err.status("Opening the image encoder …"):
        return open_catalogue_sight(settings, shop)


def _product_of(shop: "Shop") -> Callable[[str], str]:
    """The product id of an id or SKU; empty where the shop has none."""

    def product_of(name: str) -> str:
        found = shop.catalogue.get(name) or shop.catalogue.by_sku(name)
        return found.id if found else ""

    return product_of


def _picture(settings: "Settings", image: str) -> "Picture":
    from seamless_retail.core.images import given_block, read_block
    from seamless_retail.graphs.sight import open_download

    return read_block(given_block(image), open_download(settings))


def _search(
    settings: "Settings", shop: "Shop", sight: "CatalogueSight", image: str | None, text: str | None, k: int
) -> dict[str, Any]:
    from seamless_retail.graphs.sight import search_catalogue

    if not (image or text):
        raise InvalidQueryError("There is neither a picture nor a text.", "Give one of them.")
    found = search_catalogue(shop, sight, _picture(settings, image) if image else None, text or "", k)
    products = {product.id: product for product in shop.catalogue.get_many([seen.product_id for seen in found])}
    shown = [(seen, products[seen.product_id]) for seen in found if seen.product_id in products]
    return {
        "products": [
            {**seen.model_dump(), "name": product.name, "price": _price(product.price_range)} for seen, product in shown
        ]
    }


def _price(price_range: Any) -> str:
    from seamless_retail.core.source_text import written_range

    return written_range(*price_range) if price_range else ""


def _classify(settings: "Settings", sight: "CatalogueSight", image: str, k: int) -> dict[str, Any]:
    seen = sight.look([_picture(settings, image)], k)[0]
    return {
        "source": seen.source,
        "sha256": seen.sha256,
        "recognised": seen.recognised,
        "labels": [{"name": label.name, "probability": round(label.probability, 4)} for label in seen.labels],
    }


def _answer_lines(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    refused = 0
    for line in chain.from_iterable(read_batches(standard_input(), required=(), optional=("image", "text"))):
        record = _answer_line(line, answer)
        refused += "error" in record
        write_line(record)
    if refused:
        err.print(f"[yellow]Lines that could not be answered: {refused}. Their field 'error' says why.[/]")


def _answer_line(line: Line, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    if line.error:
        return {"id": line.id, "error": line.error}
    try:
        return {"id": line.id, **answer(line.record)}
    except SeamlessError as error:
        return {"id": line.id, "error": str(error)}
