"""Questions on their way: the queue for the language model, the stream of events, and the conversations that
keep answers.
"""
