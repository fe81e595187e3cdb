"""Speed, size and quality beside baselines, each with a page of tables and plots."""
