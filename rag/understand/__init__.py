"""Questions understood: parts, intents, concepts, time and side, and what a follow-up takes from the
conversation.

Read by rules over data (``rag/clinical/{fr,en}/question_cues.toml``) and the table of concepts; no model is
asked.
"""

from rag.understand.reading import understand
from rag.understand.values import Intent, Named, QuestionPart, TimeAsked, Understood

__all__ = ["Intent", "Named", "QuestionPart", "TimeAsked", "Understood", "understand"]
