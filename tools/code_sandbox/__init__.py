"""Runs code that nobody has read yet: in a process of its own, with limits, before its result is shown to anybody."""

from seamless_retail.tools.code_sandbox.runner import CodeRun, ExampleRun, Limits, Sandbox

__all__ = ["CodeRun", "ExampleRun", "Limits", "Sandbox"]
