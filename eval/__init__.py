"""How well the product searches, answers and verifies, measured through its own code; and what its weights are fitted on."""
