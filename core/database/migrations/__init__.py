"""Alembic scripts; run them with :func:`seamless_retail.core.database.migrate`."""
