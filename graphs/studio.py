"""The graph that ``langgraph.json`` names, for ``langgraph dev`` and Studio.

Importing this module opens the shop, the index and the models: LangGraph's server imports it once in a worker thread,
while it would call a factory for every run on its event loop. Nothing else imports it.
"""

from seamless_retail.graphs.brain import make_graph

graph = make_graph()
"""The brain without a checkpointer; the server brings its own."""
