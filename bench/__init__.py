"""How fast Caselog is, beside hand-written SQL and the sqlite3 shell on the same file."""
