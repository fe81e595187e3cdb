"""How answers from facts are worded: labels, values, dates, periods."""
