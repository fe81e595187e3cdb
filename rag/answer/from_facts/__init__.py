"""Answers computed from the facts of one record: pure functions, one file a family of intents, written by
templates.

Every statement says which facts it comes from; where the record has none, that is said too, with what came
near.
"""

from rag.answer.from_facts.answering import answer_part
from rag.answer.from_facts.record import Record, RecordDocument
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, PartStatus

__all__ = ["FactAnswer", "FactStatement", "Fragment", "PartStatus", "Record", "RecordDocument", "answer_part"]
