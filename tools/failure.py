"""What a tool says when it cannot do what was asked: the problem and the remedy, as text a model can act on."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, ToolException
from langgraph.runtime import get_runtime
from pydantic import Field, SkipValidation, ValidationError
from pydantic.v1 import ValidationError as ValidationErrorV1

from seamless_retail.core.errors import ConfigurationError, NotAuthorizedError, SeamlessError
from seamless_retail.core.ports import Shop
from seamless_retail.core.principal import Principal


def runtime_principal() -> Principal:
    """The principal that the running graph or agent was given as its context; a guest outside a run.

    Raises:
        ConfigurationError: The run's context is something else than a :class:`Principal`.
    """
    try:
        runtime = get_runtime(Principal)
    except RuntimeError:
        return Principal()
    context: Any = runtime.context if runtime is not None else None
    if context is None or isinstance(context, Principal):
        return context or Principal()
    raise ConfigurationError(
        f"The run's context is a {type(context).__name__}, not a Principal.",
        "Use context_schema=Principal and pass context=Principal(...), or give RetailToolkit a principal provider.",
    )


def explain_arguments(error: ValidationError | ValidationErrorV1) -> str:
    """Name every invalid argument and what is wrong with it, in one line."""
    problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
    return f"The arguments are not valid. {' '.join(problems)} Correct them and call the tool again."


class ShopTool(BaseTool):
    """Base of the shop's tools: gives the answer of :meth:`answer`, or says why there is none.

    The content is text for a model, the artifact plain JSON data. Who asks comes from ``principal``, which no argument
    can change.
    """

    shop: Annotated[Shop, SkipValidation] = Field(exclude=True, repr=False)
    principal: Callable[[], Principal] = Field(default=runtime_principal, exclude=True, repr=False)
    """Returns the verified caller."""
    handle_tool_error: bool | str | Callable[[ToolException], Any] | None = True
    handle_validation_error: bool | str | Callable[[ValidationError | ValidationErrorV1], str] | None = (
        explain_arguments
    )
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """The content and the artifact.

        Raises:
            SeamlessError: There is no answer; the message and remedy become the tool's output.
        """
        raise NotImplementedError

    def customer_id(self) -> str:
        """The id of the customer who asks.

        Raises:
            NotAuthorizedError: A guest asks.
        """
        customer_id = self.principal().customer_id
        if not customer_id:
            raise NotAuthorizedError("Nobody is signed in.", "Ask the customer to sign in first.")
        return customer_id

    def _run(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        try:
            return self.answer(*args, **kwargs)
        except SeamlessError as error:
            raise ToolException(str(error)) from error
