#!/usr/bin/env bash
# Measures when Caddy closes idle connections, of releases that Debian does not have:
#
#   caddy.sh [VERSION...]
#
# builds each release (2.8.4 and 2.11.9 by default) from the Go module proxy in a
# temporary folder and runs the tests of Caddy against it, those that take five minutes
# as well. It needs Go and some minutes for each. Where a release cannot be had, standard
# error says so, and the others are measured.
set -uo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
failed=0
for version in "${@:-2.8.4 2.11.9}"; do
  for v in $version; do
    if ! GOBIN=$work/$v GOFLAGS=-modcacherw go install "github.com/caddyserver/caddy/v2/cmd/caddy@v$v" >"$work/log" 2>&1; then
      echo "caddy.sh: Caddy $v cannot be had: $(tail -n 1 "$work/log")" >&2
      continue
    fi
    echo "== Caddy $v"
    PATH=$work/$v:$PATH TCPLINT_SLOW=1 go test -count=1 -timeout 12m -run 'TestServers/(Caddy|caddy)' -v ./internal/proof || failed=1
  done
done
exit $failed
