"""Times in text: dates as written, relative times, the period that each means."""
