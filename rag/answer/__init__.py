"""From evidence and facts to an answer whose every sentence is cited and checked."""
