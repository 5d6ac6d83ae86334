"""Guardrail nodes."""
