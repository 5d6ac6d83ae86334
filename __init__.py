"""Seamless Retail: retail assistants that remember, and never recommend what could hurt the customer."""

__version__ = "0.1.0"
