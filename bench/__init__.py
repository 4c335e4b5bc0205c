"""Measurements: script/bench NAME."""
