"""``seamless translate``: the translation model that the brain uses, on texts of one's own."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seamless_retail.core.errors import InvalidQueryError, SeamlessError, TranslationError
from seamless_retail.graphs.cli.console import err, out
from seamless_retail.graphs.cli.jsonl import Line, read_batches, standard_input, write_line
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.lobes.languages.services import Languages


def translate(
    text: Annotated[str, typer.Argument(help="A sentence, or a few.", show_default=False)] = "",
    target: Annotated[str, typer.Option("--to", help="Language to translate into: es, hi, zh-Hant, spa_Latn …")] = "en",
    source: Annotated[str, typer.Option("--from", help="Language of the text; found out unless it is given.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"id","text"} lines from standard input, write a line for each.')
    ] = False,
) -> None:
    """Translate with the model of SEAMLESS_TRANSLATION_MODEL; names, codes, prices and numbers stay as they are."""
    if bool(text) == jsonl:
        raise InvalidQueryError(
            "There is no text." if not jsonl else "A text and --jsonl exclude each other.",
            'Translate with `seamless translate "…" --to es`, or feed JSON lines to `seamless translate --jsonl`.',
        )
    translation = _Translation.open(target, source)
    if jsonl:
        _translate_lines(translation)
        return
    record = translation.record(text)
    if as_json:
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    else:
        out.print(record["text"], markup=False, highlight=False)


class _Translation:
    """The configured model from one language, or any, into another."""

    def __init__(self, languages: "Languages", target: str, source: str) -> None:
        self._languages, self._target, self._source = languages, target, source

    @classmethod
    def open(cls, target: str, source: str) -> "_Translation":
        """Read the settings.

        Raises:
            UnknownLanguageError: A language is none of the 25.
            TranslationError: No model is configured.
            ModelFileError: It cannot be loaded.
        """
        from seamless_retail.core.languages import language_of
        from seamless_retail.graphs.languages import open_identifier, open_translator
        from seamless_retail.lobes.languages.services import Languages
        from seamless_retail.lobes.languages.translation import CheckedTranslator

        codes = language_of(target).code, language_of(source).code if source else ""
        translator = CheckedTranslator(open_translator(command_settings()))
        return cls(Languages(open_identifier(), translator), *codes)

    def record(self, text: str) -> dict[str, Any]:
        """The translation with its languages.

        Raises:
            InvalidQueryError: The text is empty or no text.
            TranslationError: The language cannot be told, the model does not know the pair, or it changes what must
                stay.
        """
        from seamless_retail.tools.understanding import normalise

        text = normalise(text)
        source = self._source or self._told(text)
        translator = self._languages.translator
        if source == self._target:
            return {"text": text, "from": source, "to": self._target}
        if not translator.supports(source, self._target):
            raise TranslationError(f"{translator.name} does not translate from {source} to {self._target}.")
        translated = translator.translate(text, source, self._target)
        if translated is None:
            raise TranslationError(
                "The translation changes names, codes, prices or numbers.", "Shorten the text, or use another model."
            )
        return {"text": translated, "from": source, "to": self._target}

    def _told(self, text: str) -> str:
        guess = self._languages.identifier.identify(text) if self._languages.identifier else None
        if guess is None or not guess.known:
            raise TranslationError("The language of the text cannot be told.", "Name it with --from.")
        return guess.code


def _translate_lines(translation: _Translation) -> None:
    refused = 0
    for batch in read_batches(standard_input(), required=("text",)):
        for line in batch:
            record = _translated(translation, line)
            refused += "error" in record
            write_line({"id": line.id, **record})
    if refused:
        err.print(f"[yellow]Lines that could not be translated: {refused}. Their field 'error' says why.[/]")


def _translated(translation: _Translation, line: Line) -> dict[str, Any]:
    if line.error:
        return {"error": line.error}
    try:
        return translation.record(line.record["text"])
    except SeamlessError as error:
        return {"error": str(error)}
