"""Shared words: records, errors, settings, ports, the SQL database. No torch, no LangChain."""
