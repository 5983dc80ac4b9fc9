"""Taking licenses over from files: CSV, or the JSON that our own export writes.

A file is read into blocks of rows when it is uploaded (`services.upload`), checked without changing
anything (`check`), and then carried out (`carry_out`), the latter two in slices by jobs. How many rows
are done stands in the import's own row and is written in the transaction that makes their licenses:
whatever dies in between, each row is taken once.
"""
