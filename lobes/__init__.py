"""LangGraph nodes: the lobes and what stands between them."""
