"""LangChain tools over the shop."""
