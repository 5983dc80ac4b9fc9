"""The figures of the dashboard.

Counts of the present are counted when they are asked for while that is quick, and read from the last
count of a job where an environment is large. Verifications come from five-minute counters that a job
adds up from the request log, plus what was logged since.
"""
