#!/usr/bin/env bash
# The shells of Debian's /bin/sh and of busybox read one digit of a kernel setting.
#
# Guess: "read value </proc/sys/net/ipv4/tcp_keepalive_time" gives the number, as it
# does in bash.
# Seen (dash 0.5.12-2, busybox 1:1.35.0-4+deb12u1+b1, bash 5.2.15-2+b13, Linux 6.18): dash
# and busybox get "7" of 7200 and report no error. Both read byte by byte, so as not to
# take what belongs to the next command; of a setting the kernel gives what the first
# read asks for, and "end of file" to every read after it (proc_dointvec, where the
# position is not 0). bash reads a block and gets all. A script that was tried under
# bash reports or restores values of one digit under sh; cat, head and awk are safe.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download dash=0.5.12-2 busybox=1:1.35.0-4+deb12u1+b1 bash=5.2.15-2+b13 >/dev/null
for deb in *.deb; do dpkg -x "$deb" root; done
file=/proc/sys/net/ipv4/tcp_keepalive_time
want=$(cat "$file")
[ "${#want}" -gt 1 ] || { echo "the setting has one digit here: nothing can be seen"; exit 1; }
# shellcheck disable=SC2016
program='read -r value <"$1"; echo "$value"'
failed=0
try() {
  name=$1 expected=$2; shift 2
  got=$("$@" -c "$program" sh "$file" || true)
  printf '%-8s reads %-5s of %s\n' "$name" "$got" "$want"
  [ "$got" = "$expected" ] || failed=1
}
try dash "${want:0:1}" root/bin/dash
try busybox "${want:0:1}" root/bin/busybox sh
try bash "$want" root/bin/bash
exit "$failed"
