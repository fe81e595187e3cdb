"""What readers said of answers, made into questions that a person confirms."""
