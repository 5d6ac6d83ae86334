"""Prompt injection and jailbreaks, in what customers say and in retrieved text; limits of topics."""

from seamless_retail.lobes.guardrails.input_guard.guard import CheckedQuery, InputGuard
from seamless_retail.lobes.guardrails.input_guard.records import Finding, Screening
from seamless_retail.lobes.guardrails.input_guard.topics import Topics

__all__ = ["CheckedQuery", "Finding", "InputGuard", "Screening", "Topics"]
