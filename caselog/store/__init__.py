"""Tables and their queries, one file per aggregate; `tables` registers them all."""
