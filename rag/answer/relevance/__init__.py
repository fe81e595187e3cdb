"""Whether the evidence can answer this very question: the gate of abstention."""
