"""What may leave the process: the redactor of the settings, before every log record, and in front of traces.

Our own patterns (:mod:`seamless_retail.core.redaction`) are always on. Presidio (extra ``privacy``, setting
``redaction``) adds telephone numbers of many countries, identity numbers, and numbers whose check digits it knows. It
takes seconds to import and a millisecond a text, so only traces wait for it, and only where it is asked for. Its
recognisers by pattern need no language model and no network.
"""

import logging
import traceback
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any

from seamless_retail.core.errors import MissingExtraError
from seamless_retail.core.redaction import Redactor, Span
from seamless_retail.core.settings import Settings

_KINDS = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "account",
    "PHONE_NUMBER": "phone",
    "US_SSN": "number",
    "UK_NHS": "number",
    "ES_NIF": "number",
    "IT_FISCAL_CODE": "number",
    "CRYPTO": "account",
    "IP_ADDRESS": "address",
}
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "CA", "AU", "IN", "BR")
_NO_LANGUAGE_MODEL: Any = None
"""Recognisers by pattern take what a language model made of the text, and do without."""
_SURE = 0.4
"""Presidio's confidence from which a find counts; a number without context stays below."""


def redactor(settings: Settings) -> Redactor:
    """For traces, as configured.

    Raises:
        MissingExtraError: Presidio is asked for and not installed.
    """
    recognise = presidio() if settings.redaction == "presidio" else None
    return Redactor(settings.redact_health, settings.redact_identifiers, recognise=recognise)


def keep_logs_private(redact: Redactor | None = None) -> None:
    """Redact every record of this package's loggers before any handler sees it; calling again replaces the redactor.

    A traceback is kept as redacted text: exceptions quote what customers typed.
    """
    before = logging.getLogRecordFactory()
    make = before.make if isinstance(before, _PrivateRecords) else before
    logging.setLogRecordFactory(_PrivateRecords(make, redact or Redactor()))


class _PrivateRecords:
    """A factory of log records whose records of this package are redacted."""

    def __init__(self, make: Callable[..., logging.LogRecord], redact: Redactor) -> None:
        self.make, self._redact = make, redact

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self.make(*args, **kwargs)
        return redacted_record(record, self._redact) if record.name.startswith("seamless_retail") else record


def redacted_record(record: logging.LogRecord, redact: Redactor) -> logging.LogRecord:
    """The record with its message and traceback redacted; what cannot be redacted is left out."""
    try:
        record.msg, record.args = redact.text(record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            record.exc_text = redact.text("".join(traceback.format_exception(*record.exc_info)).rstrip())
    except Exception as error:
        record.msg, record.args = f"[a record that could not be redacted: {type(error).__name__}]", ()
    record.exc_info = None
    return record


@cache
def presidio() -> Callable[[str], Iterable[Span]]:
    """Presidio's recognisers by pattern as one function.

    Raises:
        MissingExtraError: The extra ``privacy`` is not installed.
    """
    try:
        from presidio_analyzer.predefined_recognizers import (
            CreditCardRecognizer,
            CryptoRecognizer,
            EsNifRecognizer,
            IbanRecognizer,
            IpRecognizer,
            ItFiscalCodeRecognizer,
            NhsRecognizer,
            PhoneRecognizer,
            UsSsnRecognizer,
        )
    except ImportError:
        raise MissingExtraError("Redaction with Presidio", "privacy") from None
    kinds = (CreditCardRecognizer, CryptoRecognizer, EsNifRecognizer, IbanRecognizer, IpRecognizer,
             ItFiscalCodeRecognizer, NhsRecognizer, UsSsnRecognizer)  # fmt: skip
    recognisers = [*(kind() for kind in kinds), PhoneRecognizer(supported_regions=_REGIONS)]

    @lru_cache(4096)
    def recognise(text: str) -> list[Span]:
        if not any(character.isdigit() for character in text):
            return []
        found = (
            result
            for recogniser in recognisers
            for result in recogniser.analyze(text, recogniser.supported_entities, _NO_LANGUAGE_MODEL)
        )
        return [(r.start, r.end, _KINDS[r.entity_type]) for r in found if r.score >= _SURE and r.entity_type in _KINDS]

    return recognise
