"""Code for shop staff that we wrote and tested: rules as functions, reports with pandas, queries in SQL.

Every function stands by itself: it may be copied out of its module. Its docstring says in one sentence what it gives,
under "Also called" what people call it, and in examples what it returns; what staff may set are keyword-only parameters
with a default, named by their unit (``_cents``, ``percent``, ``_days``, ``_points``, ``_units``). ``queries`` holds SQL
that SQLite and PostgreSQL both run, with the same three parts in the comments above it. Nothing here is imported by the
application; :mod:`seamless_retail.tools.code_shelf` reads it as text.
"""
