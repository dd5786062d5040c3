"""Who may do what at the server: tokens, roles, what is masked, and who has to wait after wrong guesses."""
