"""Multiple-choice questions, with and without the evidence that the product finds for them."""
