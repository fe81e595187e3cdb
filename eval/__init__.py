"""How well the product searches, answers and verifies, measured through its own code; and what its weights
are fitted on.
"""

import rag  # noqa: F401 - switches off what would call home, before a library of the evaluation is loaded
