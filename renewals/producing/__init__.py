"""What production needs beside its step: first PINs, envelopes, refusals, words (RULES D8, D9, P14, P18, P23)."""
