"""The ports of :mod:`seamless_retail.core.ports` over SQL; thread-safe, one connection per call."""
