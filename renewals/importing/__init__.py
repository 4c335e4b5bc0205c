"""Certificates from the CA's files and calls into the registry: row by row, good ones in, bad ones named."""
