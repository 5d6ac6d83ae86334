"""LangChain tools over the shop, and the reader that turns a customer's message into filters.

>>> from seamless_retail.tools.toolkit import RetailToolkit
>>> from seamless_retail.tools.understanding import CatalogueQueryReader
"""
