"""What this installation does, in figures for a monitoring system (OpenMetrics).

Counters and histograms are counted in memory that the processes of one host share (a folder of mapped
files, PROMETHEUS_MULTIPROC_DIR, which `keyturn web` and `keyturn serve` make); what stands in the
database is read when somebody asks.
"""
