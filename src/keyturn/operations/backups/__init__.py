"""Backups: database, files and keys of an installation in one archive, made while it runs.

An archive is a compressed tar of `database` (SQLite's file, or pg_dump's custom format), `files/…` and,
under a passphrase, `keys.json`; its last member `manifest.json` names the SHA-256 of each of them.
"""
