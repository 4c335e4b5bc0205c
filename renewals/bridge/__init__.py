"""The local key bridge: its contract (docs/bridge.md), the server's side of it, and a simulator."""
