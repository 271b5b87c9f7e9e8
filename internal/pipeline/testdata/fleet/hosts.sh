#!/usr/bin/env bash
# Hosts for a test: each is a network namespace with a mount namespace of its own, in
# which sshd listens on 10.231.7.N, and one more namespace for the controller. All ends
# with this script.
#
#   hosts.sh DIR    DIR/NAME/etc-nginx is a host's /etc/nginx, if it is there; DIR/NAME/user
#                   names a user to log in as instead of root
set -euo pipefail
dir=$(cd "$1" && pwd)
id=tl$$
controller=$id-c
pids=()
hosts=()
cleanup() {
  trap - EXIT
  # unshare heeds no other signal while its child runs.
  [ "${#pids[@]}" -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "${public:-}"
  for ns in "$controller" ${hosts[@]+"${hosts[@]}"}; do ip netns del "$ns" 2>/dev/null || true; done
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

ip netns add "$controller"
ip -n "$controller" link set lo up
ip -n "$controller" link add br0 type bridge
ip -n "$controller" addr add 10.231.7.254/24 dev br0
ip -n "$controller" link set br0 up

ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey"
# sshd reads this as the user who logs in, who need not be able to enter $dir.
public=$(mktemp -d)
chmod 755 "$public"
cp "$dir/key.pub" "$public/keys"
printf 'tester:x:12345:12345::/tmp:/bin/sh\n' | cat /etc/passwd - >"$dir/passwd"

n=0
for home in "$dir"/*/; do
  name=$(basename "$home")
  n=$((n + 1))
  ns=$id-$n
  hosts+=("$ns")
  ip netns add "$ns"
  ip -n "$ns" link set lo up
  ip link add "$id-a$n" netns "$controller" type veth peer name eth0 netns "$ns"
  ip -n "$controller" link set "$id-a$n" master br0 up
  ip -n "$ns" addr add "10.231.7.$n/24" dev eth0
  ip -n "$ns" link set eth0 up
  cat >"$home/sshd_config" <<EOF
ListenAddress 10.231.7.$n:22
HostKey $dir/hostkey
AuthorizedKeysFile $public/keys
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
UsePAM no
UseDNS no
PidFile none
Subsystem sftp internal-sftp
EOF
  # A host sees its own processes: nginx of another host, or of another test, is not its.
  # shellcheck disable=SC2016
  ip netns exec "$ns" unshare --mount --uts --pid --fork --kill-child --mount-proc sh -c '
    set -e
    hostname "$1"
    mount --bind "$2/passwd" /etc/passwd
    if [ -d "$3/etc-nginx" ]; then mkdir -p /etc/nginx && mount --bind "$3/etc-nginx" /etc/nginx; else mount -t tmpfs none /etc/nginx 2>/dev/null || true; fi
    mkdir -p /run/sshd
    exec /usr/sbin/sshd -D -e -f "$3/sshd_config"' sh "$name" "$dir" "$home" 2>"$home/sshd.log" &
  pids+=($!)
  echo "host $name 10.231.7.$n"
done
echo "controller $controller"
echo ready
wait
