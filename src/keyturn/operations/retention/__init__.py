"""How long records are kept: one policy for each environment and kind, and the purge that carries them out.

`entities.ENTITIES` is the allow-list: nothing else is ever deleted here. What aggregates of deleted rows are
kept is decided by the rooms that own them (`telemetry.counting`, `webhooks.counting`).
"""
