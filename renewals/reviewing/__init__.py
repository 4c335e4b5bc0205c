"""The review's side tables and what is read from them: leases, marks, the CA's word, what was sent back (DESIGN §3)."""
