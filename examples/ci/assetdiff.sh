#!/bin/sh
# Any pipeline with a checkout of Git: the branch's snapshot against that of the commit where it parted from main.
# ASSETDIFF_STORE says where deployments are kept. Exits with 3 if a policy of level error is broken.
set -eu
git fetch --quiet origin main:refs/remotes/origin/main 2>/dev/null || true
assetdiff ci --base-branch main --summary assetdiff.md --junit policies.xml "$@"
