"""Tables that only tests have: a shelf of files about people."""
