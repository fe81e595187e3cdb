"""Who may sign in and read whom, what they asked, were answered, said and sent, and the audit of it all."""
