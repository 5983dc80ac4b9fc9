#!/bin/sh
# Rebuilds the committed assets. --check fails when they are not what the sources give.
set -eu
cd "$(dirname "$0")"
# Not "npm ci": the lock names the packages of Linux alone, and ci insists on those of every platform.
[ node_modules/.package-lock.json -nt package-lock.json ] || npm install --no-save --ignore-scripts --no-audit --no-fund
node build.mjs
if [ "${1:-}" = "--check" ] && [ -n "$(git status --porcelain -- ../src/keyturn/portals/ui/static/ui)" ]; then
  git status --short -- ../src/keyturn/portals/ui/static/ui
  echo "The assets are stale: run frontend/build.sh and commit the result." >&2
  exit 1
fi
