#!/bin/sh
# Recompute the hashed locks. No index URL and no registry host may appear in them.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.local/bootstrap/bin/uv}
members=$(find libs services apps tools deploy -maxdepth 2 -name pyproject.toml 2>/dev/null | sort)
own=; for name in $(sed -n 's/^name = "\(coop-[a-z-]*\)"$/\1/p' $members); do own="$own --no-emit-package $name"; done
compile() { "$uv" pip compile --quiet --python-version 3.12 --universal --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate "$@"; }
compile requirements/bootstrap.in -o requirements/bootstrap.txt
compile $members $own -o requirements/runtime.txt
compile requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt
