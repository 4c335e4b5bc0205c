"""An app that real worker processes load in tests: one handler that can be held in the middle of its call."""
