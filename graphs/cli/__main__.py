"""``python -m seamless_retail.graphs.cli``: the same as ``seamless``."""

from seamless_retail.graphs.cli import main

main()
