"""``python -m seamless_retail.training.clara --config nano --stages 1,2,3``: the whole journey."""

import sys

from seamless_retail.training.clara.command import main

sys.exit(main())
