"""Pictures of every page of both portals, for reviewers: `make screenshots`."""
