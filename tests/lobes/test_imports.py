"""The lobes import without any neural network."""

import subprocess
import sys


def test_importing_the_lobes_loads_no_torch():
    code = (
        "import sys, pkgutil, importlib, seamless_retail.lobes as lobes\n"
        "for module in pkgutil.walk_packages(lobes.__path__, 'seamless_retail.lobes.'):\n"
        "    importlib.import_module(module.name)\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'faiss', 'chromadb', 'peft'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout.strip() == "[]"
