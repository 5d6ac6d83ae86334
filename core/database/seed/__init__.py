"""The demonstration shop."""

from seamless_retail.core.database.seed.demonstration import SeedReport, make_demonstration, seed_shop

__all__ = ["SeedReport", "make_demonstration", "seed_shop"]
