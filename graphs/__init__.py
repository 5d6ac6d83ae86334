"""The composition root: settings to compiled graph, server and command line."""
