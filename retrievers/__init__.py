"""LangChain retrievers and vector stores."""
