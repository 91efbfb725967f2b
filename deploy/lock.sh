#!/bin/sh
# Recompute the hashed locks. No index URL and no registry host may appear in them (DESIGN §7).
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.local/bootstrap/bin/uv}
members="libs/events libs/web services/identity services/activites services/equipes services/cartographie deploy"
files=; for m in $members; do files="$files $m/pyproject.toml"; done
own=; for p in events web identity activites equipes cartographie embedded; do own="$own --no-emit-package coop-$p"; done
compile() { "$uv" pip compile --quiet --python-version 3.12 --universal --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate "$@"; }
compile requirements/bootstrap.in -o requirements/bootstrap.txt
compile $files $own -o requirements/runtime.txt
compile requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt
