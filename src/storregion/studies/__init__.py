"""One file, one question: pure functions on facts. Each docstring answers Question, Method, Reads, Limits."""
