"""What the process says of itself: its log, its figures, its traces, whether its parts answer."""
