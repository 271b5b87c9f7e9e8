#!/usr/bin/env bash
# systemd takes "LimitNOFILE=64K" for nothing, though it takes "LimitCORE=64K".
#
# Guess: 65536 files. systemd.exec(5) has the suffixes K, M, G for limits, and
# "TasksMax=", "MemoryMax=" and Docker Compose's "ulimits" beside it read sizes so.
# Seen (systemd 252): the line is refused with a message in the journal alone, the unit
# starts, and the limit stays what it was before: another line, a drop-in, or the default
# of 1024. Suffixes are for limits in bytes and in time; the number of files is neither.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v systemd-analyze >/dev/null || apt-get -q -y install --no-install-recommends systemd >/dev/null
systemd-analyze --version | head -n 1
case $(systemd-analyze --version | head -n 1) in "systemd 252 "*) ;; *) echo "this was seen with 252"; exit 1 ;; esac
failed=0
try() {
  printf '[Service]\nType=oneshot\nExecStart=/bin/true\n%s\n' "$1" >"$dir/try.service"
  said=$(systemd-analyze verify "$dir/try.service" 2>&1 | grep -o 'Failed to parse resource value, ignoring: .*' || true)
  printf '%-18s %s\n' "$1" "${said:-is taken}"
  [ "$said" = "$2" ] || failed=1
}
try LimitNOFILE=65536 ''
try LimitCORE=64K ''
try LimitNOFILE=64K 'Failed to parse resource value, ignoring: 64K'
try LimitNOFILE=1K:64K 'Failed to parse resource value, ignoring: 1K:64K'
exit "$failed"
