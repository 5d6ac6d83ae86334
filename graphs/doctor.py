"""``seamless doctor``: what is configured, what was found, what is missing or broken, and how to fix it."""

import importlib.metadata
import logging
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from typing import Any, Literal
from urllib.parse import urlsplit

from packaging.requirements import Requirement
from pydantic import SecretStr

from seamless_retail.core.catalogue import Record
from seamless_retail.core.errors import ConfigurationError, SeamlessError
from seamless_retail.core.settings import Settings, load_settings, setting_origins, unknown_settings
from seamless_retail.graphs.hardware import GIB, Hardware, find_hardware, fitting_tier

log = logging.getLogger(__name__)

DISTRIBUTION = "seamless-retail"
LEAST_FREE_BYTES = GIB
CONNECT_S = 3.0

Status = Literal["ok", "note", "warning", "problem"]
"""``note``: not there and not needed yet. ``problem``: something required is broken."""


class Finding(Record):
    """One thing that was looked at."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


class SettingValue(Record):
    """One setting and where it comes from."""

    name: str
    value: str
    origin: str


class Report(Record):
    """Everything the doctor saw."""

    settings: tuple[SettingValue, ...]
    hardware: dict[str, Any]
    compression_tier: dict[str, Any]
    findings: tuple[Finding, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether nothing required is broken."""
        return all(finding.status != "problem" for finding in self.findings)


Check = Callable[[Settings], Iterator[Finding]]


def examine() -> Report:
    """Look at everything; nothing is changed, and a broken part does not hide the others."""
    hardware = find_hardware()
    findings = list(_accelerator_findings(hardware))
    settings: Settings | None = None
    try:
        settings = load_settings()
    except ConfigurationError as error:
        findings.append(Finding(name="settings", status="problem", detail=error.message.strip(), remedy=error.remedy))
    else:
        for name, check in CHECKS.items():
            findings += _attempt(name, check, settings)
        if all(finding.status == "ok" for finding in findings if finding.name in ("shop", "search index")):
            findings += _attempt("brain", _check_brain, settings)
    findings += _extras()
    return Report(
        settings=_setting_values(settings) if settings else (),
        hardware=asdict(hardware),
        compression_tier=asdict(fitting_tier(hardware)),
        findings=tuple(findings),
    )


def _attempt(name: str, check: Check, settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    try:
        findings.extend(check(settings))
    except SeamlessError as error:
        findings.append(Finding(name=name, status="problem", detail=error.message.strip(), remedy=error.remedy))
    except Exception as error:
        log.debug("the check of %s failed", name, exc_info=error)
        detail = f"The check itself failed: {type(error).__name__}."
        findings.append(Finding(name=name, status="problem", detail=detail, remedy="Run `seamless --debug doctor`."))
    return findings


def _setting_values(settings: Settings) -> tuple[SettingValue, ...]:
    origins = setting_origins()
    return tuple(
        SettingValue(name=name, value=_shown(getattr(settings, name)), origin=origins[name])
        for name in type(settings).model_fields
    )


def _shown(value: object) -> str:
    """A value without secrets: those themselves, and passwords in URLs."""
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else ""
    text = str(value)
    with suppress(ValueError):
        password = urlsplit(text).password
        text = text.replace(f":{password}@", ":***@") if password else text
    return text


def _accelerator_findings(hardware: Hardware) -> Iterator[Finding]:
    for gpu in hardware.accelerators:
        if not gpu.usable:
            detail = f"{gpu.name} is there, but the installed torch cannot use it."
            remedy = "Install a CUDA build of torch: https://pytorch.org/get-started/locally/"
            yield Finding(name="accelerator", status="warning", detail=detail, remedy=remedy)


def _check_settings(settings: Settings) -> Iterator[Finding]:
    unknown = unknown_settings()
    if unknown:
        detail = f"These are no settings and have no effect: {', '.join(unknown)}."
        yield Finding(name="settings", status="warning", detail=detail, remedy="Correct or remove the names.")
    else:
        changed = sum(origin != "default" for origin in setting_origins().values())
        yield Finding(name="settings", status="ok", detail=f"all valid, {changed} changed from the default")


def _check_home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE_BYTES:
        detail = f"{home} has {free / GIB:.1f} GiB left."
        yield Finding(name="home", status="warning", detail=detail, remedy="Free some space, or set SEAMLESS_HOME.")
    else:
        yield Finding(name="home", status="ok", detail=f"{home}, {free / GIB:.0f} GiB free")


def _check_sentence_model(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.sentence_models import open_embeddings

    model = open_embeddings(settings)
    detail = f"{model.model_name}, {model.dimension} dimensions, sha256 {model.weights_sha256[:12]}…"
    yield Finding(name="sentence model", status="ok", detail=detail)


def _check_router(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.sentence_models import open_classifier

    prediction = open_classifier(settings).classify(["when do you open"])[0]
    detail = f"answers ('when do you open' is {prediction.intent}, {prediction.confidence:.2f})"
    yield Finding(name="intent router", status="ok", detail=detail)


def _check_clara(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.memory_reader import BUNDLED_CLARA, REMEDY, clara_location, is_missing, open_clara

    name = settings.clara_model
    if not name:
        yield Finding(name="memory reader", status="ok", detail="none: passages are quoted, not read from memory")
    elif name == BUNDLED_CLARA and is_missing(clara_location(name)):
        detail = "The bundled CLaRa model is missing: passages are quoted, not read from memory."
        yield Finding(name="memory reader", status="warning", detail=detail, remedy=REMEDY)
    else:
        reader = open_clara(settings)
        size = sum(parameter.numel() for parameter in reader.generator.model.parameters())
        compressed = reader.cache.memories(["Returns are free within 30 days."], settings.clara_rate)[0]
        detail = f"{name}, {size / 1e6:.1f} M parameters, {settings.clara_rate}x, {compressed.vectors.shape[-1]} wide"
        yield Finding(name="memory reader", status="ok", detail=detail)


def _check_image_encoder(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.sight import NONE_CONFIGURED, missing_sight, open_image_encoder, open_visual_index

    if reason := missing_sight(settings):
        status: Status = "ok" if reason == NONE_CONFIGURED else "warning"
        yield Finding(name="image encoder", status=status, detail=reason)
        return
    encoder = open_image_encoder(settings)
    index = open_visual_index(settings, encoder)
    built = f"visual index of {len(index.store):,} texts and pictures" if index else "no visual index yet"
    detail = f"{encoder.name}, {encoder.dimension} dimensions; {built}"
    yield Finding(name="image encoder", status="ok", detail=detail)


def _check_translation(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.languages import NO_MODEL, open_identifier, open_languages, open_translator
    from seamless_retail.lobes.languages.glossary import languages

    open_languages(settings)
    known = f"words of {len(languages())} languages" if open_identifier() else "no other language is told from English"
    if settings.translation_model:
        detail = f"{open_translator(settings).name}; {known}"
        yield Finding(name="translation", status="ok", detail=detail)
    elif settings.answer_language in ("auto", "en"):
        yield Finding(name="translation", status="ok", detail=f"no model: answers are in English; {known}")
    else:
        detail = f"answers are to be in {settings.answer_language!r}, and there is no translation model"
        yield Finding(name="translation", status="warning", detail=detail, remedy=NO_MODEL)


def _check_shop(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.core.database import open_shop
    from seamless_retail.core.database.summary import summarise

    if not settings.database_url and not (settings.home / "shop.db").exists():
        yield Finding(name="shop", status="note", detail="not made yet", remedy="`seamless shop seed` makes it.")
        return
    with closing(open_shop(settings.shop_url)) as shop:
        facts = summarise(shop)
    counts = ", ".join(f"{facts[name]:,} {name}" for name in ("products", "customers", "orders", "policies"))
    yield Finding(name="shop", status="ok", detail=f"{facts['database']}: {counts}")


def _check_index(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.sentence_models import open_embeddings
    from seamless_retail.retrievers.index import open_retriever
    from seamless_retail.retrievers.manifest import MANIFEST, read_manifest

    folder = settings.index_folder
    if not (folder / MANIFEST).exists():
        remedy = "`seamless index build` makes it."
        yield Finding(name="search index", status="note", detail="not made yet", remedy=remedy)
        return
    open_retriever(folder, open_embeddings(settings))
    yield Finding(name="search index", status="ok", detail=f"{folder}: {read_manifest(folder).count:,} passages")


def _check_brain(settings: Settings) -> Iterator[Finding]:
    """Plugins and lobes, by assembling everything."""
    from seamless_retail.graphs.assembly import assemble

    parts = assemble(settings)
    for warning in parts.warnings:
        remedy = "Correct or uninstall the plugin, or set SEAMLESS_PLUGINS=false."
        yield Finding(name="brain", status="warning", detail=warning, remedy=remedy)
    lobes, guards = ", ".join(parts.lobes), ", ".join(parts.guards)
    yield Finding(name="brain", status="ok", detail=f"lobes {lobes}; guards {guards}; {len(parts.tools)} tools")


def _check_conversations(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.checkpoints import open_checkpointer

    url = settings.threads_url
    if not settings.checkpoint_url and not (settings.home / "threads.db").exists():
        yield Finding(name="conversations", status="ok", detail="none yet; kept in threads.db")
        return
    with open_checkpointer(url) as checkpointer:
        detail = "not kept" if checkpointer is None else f"kept in {_shown(url)}"
    yield Finding(name="conversations", status="ok", detail=detail)


def _check_language_model(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.language_model import open_chat_model

    if open_chat_model(settings) is None:
        yield Finding(name="language model", status="ok", detail="none: answers are composed from the evidence")
        return
    trouble = _unreachable(settings.llm_base_url) if settings.llm_base_url else ""
    if trouble:
        remedy = "Start it, or correct SEAMLESS_LLM_BASE_URL. Until then answers are composed from the evidence."
        yield Finding(name="language model", status="warning", detail=trouble, remedy=remedy)
    else:
        yield Finding(name="language model", status="ok", detail=f"{settings.llm} {settings.llm_base_url}".strip())


def _unreachable(url: str) -> str:
    """Why nothing listens at the address; empty if something does."""
    place = urlsplit(url)
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        socket.create_connection((place.hostname or "", port), CONNECT_S).close()
    except OSError as error:
        return f"The language model server {place.hostname}:{port} cannot be reached: {error.strerror or error}."
    return ""


def _check_signing_key(settings: Settings) -> Iterator[Finding]:
    from seamless_retail.graphs.serve.tokens import KEY_FILE, signing_key

    if not settings.auth_secret.get_secret_value() and not (settings.home / KEY_FILE).exists():
        yield Finding(name="signing key", status="note", detail="made by the first token or server")
        return
    signing_key(settings)
    yield Finding(name="signing key", status="ok", detail="present")


CHECKS: dict[str, Check] = {
    "settings": _check_settings,
    "home": _check_home,
    "sentence model": _check_sentence_model,
    "intent router": _check_router,
    "memory reader": _check_clara,
    "image encoder": _check_image_encoder,
    "translation": _check_translation,
    "shop": _check_shop,
    "search index": _check_index,
    "conversations": _check_conversations,
    "language model": _check_language_model,
    "signing key": _check_signing_key,
}


def _extras() -> Iterator[Finding]:
    """Which optional parts are installed, by what the distribution itself declares."""
    declared = [Requirement(text) for text in importlib.metadata.requires(DISTRIBUTION) or ()]
    for extra in importlib.metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or ():
        wanted = [item for item in declared if item.marker and item.marker.evaluate({"extra": extra})]
        missing = [str(item.name) for item in wanted if not _is_installed(item)]
        if missing:
            remedy = f"If you need it: pip install '{DISTRIBUTION}[{extra}]'"
            yield Finding(name=f"extra {extra}", status="note", detail=f"lacks {', '.join(missing)}", remedy=remedy)
        else:
            yield Finding(name=f"extra {extra}", status="ok", detail="installed")


def _is_installed(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False
