"""Train CLaRa: the text reader where the size has one, then stages 1 to 3, or some of them (``--stages``).

    python -m seamless_retail.training.recipes.clara --config nano --stages 1,2,3

Each stage is a recipe of its own beside this one; see ``clara_stage1``, ``clara_stage2`` and ``clara_stage3``.
"""

import sys

from seamless_retail.training.clara.command import main

if __name__ == "__main__":
    sys.exit(main())
