"""The HTTP server: the API, the chat page, and who may read what. It stands on ``rag.pipeline``, beside the
command line.
"""
