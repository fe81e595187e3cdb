"""A second opinion: ragas, with the project's own language model and embedder, beside the verifier and the
labels of people.

ragas is imported in ``ragas_judge`` alone; everything else does without it. What it could not score is
counted with its reason, never averaged in.
"""
