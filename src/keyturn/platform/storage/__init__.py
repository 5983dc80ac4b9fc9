"""Where large files lie: a folder of this server, or a bucket. Nothing in it is public; callers ask for permission."""
