"""The shop as an SQL database."""
