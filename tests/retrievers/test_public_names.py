"""What `import seamless_retail.retrievers` costs and offers."""

import subprocess
import sys

import pytest

import seamless_retail.retrievers as package


def test_importing_the_package_loads_no_heavy_library() -> None:
    heavy = "{'torch', 'faiss', 'bm25s', 'langchain_core', 'numpy'}"
    code = f"import sys, seamless_retail.retrievers; print(sorted({heavy} & set(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_public_names_exist() -> None:
    assert all(getattr(package, name) for name in package.__all__)
    with pytest.raises(AttributeError, match="no attribute"):
        _ = package.nonsense
