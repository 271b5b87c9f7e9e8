#!/bin/sh
# Records what the tools of several releases print of the same sockets, in a network namespace of its own:
#   record.sh DIR [SUITE=ROOT ...]
# DIR gets a folder for each tool and version. Roots are unpacked Debian suites (iproute2, busybox-static and the libraries
# of their own), beside the tools that are installed. Needs root, python3, iproute2, net-tools, busybox.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" != --inside ]; then exec unshare --net sh "$here/record.sh" --inside "$@"; fi
shift; out=$1; shift
ip link set lo up
sysctl -qw net.ipv4.tcp_fin_timeout=60
python3 - <<'PY' &
import socket, time
def listener(family, host, port, backlog=128, **opt):
    s = socket.socket(family); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, opt.get("only", 0))
    s.bind((host, port)); s.listen(backlog); return s
keep = [listener(socket.AF_INET, "0.0.0.0", 8080, 511), listener(socket.AF_INET6, "::", 8081), listener(socket.AF_INET6, "::1", 8082, 16, only=1), listener(socket.AF_INET, "127.0.0.1", 8083, 4)]
u = socket.socket(socket.AF_UNIX); u.bind("/tmp/evidence-record.sock"); u.listen(32); keep.append(u)
def connect(s, host, port):
    c = socket.create_connection((host, port)); keep.append(c); return c
def pair(l, host, port):
    c = connect(l, host, port); a, _ = l.accept(); keep.append(a); return c, a
for _ in range(3): pair(keep[0], "127.0.0.1", 8080)                       # ESTABLISHED
c, a = pair(keep[2], "::1", 8082)
c, a = pair(keep[1], "::1", 8081); c, a = pair(keep[1], "127.0.0.1", 8081)  # mapped
c, a = pair(keep[0], "127.0.0.1", 8080); a.send(b"x" * 100)               # unread
c, a = pair(keep[0], "127.0.0.1", 8080); c.close()                        # CLOSE_WAIT and FIN_WAIT2
c, a = pair(keep[0], "127.0.0.1", 8080); a.close(); c.close()             # TIME_WAIT
for _ in range(3): connect(None, "127.0.0.1", 8083)                       # wait to be accepted
n = socket.socket(); n.setblocking(False)
try: n.connect(("127.0.0.1", 8080))
except BlockingIOError: pass
keep.append(n)
time.sleep(60)
PY
holder=$!
trap 'kill $holder; rm -f /tmp/evidence-record.sock' EXIT
sleep 1.5
say() { dir=$out/$1; file=$2; shift 2; mkdir -p "$dir"; case $dir in */nstat/*) "$@" >"$dir/$file" 2>/dev/null || true ;; *) "$@" >"$dir/$file" 2>&1 || true ;; esac; }
ssin() { # NAME COMMAND...
  name=$1; shift
  for args in tan tanp tanieop ltn s xl; do say "$name" "$args.txt" "$@" -$args; done
}
bbin() { name=$1; shift; say "$name" antp.txt "$@" netstat -antp; say "$name" an.txt "$@" netstat -an; }
ssin "ss/iproute2-$(ss -V | sed 's/.*iproute2-//; s/,.*//')" ss
bbin "netstat/busybox-$(busybox | sed -n '1s/BusyBox v\([0-9.]*\).*/\1/p')" busybox
v=net-tools-$(dpkg-query -W -f '${Version}' net-tools | sed 's/[+~].*//')
say "netstat/$v" antp.txt netstat -antp; say "netstat/$v" an.txt netstat -an; say "netstat/$v" anto.txt netstat -anto
say "netstat/$v" s.txt netstat -s; say "netstat/$v" names.txt netstat -at; say "netstat/$v" lntp.txt netstat -lntp
say "nstat/iproute2-$(ss -V | sed 's/.*iproute2-//; s/,.*//')" az.txt env NSTAT_HISTORY=/dev/null nstat -az
say "nstat/iproute2-$(ss -V | sed 's/.*iproute2-//; s/,.*//')" a.txt env NSTAT_HISTORY=/dev/null nstat -a
for f in tcp tcp6 sockstat sockstat6 snmp netstat; do say "proc/linux-$(uname -r | sed 's/[^0-9.].*//')" "$f.txt" cat /proc/net/$f; done
for root in "$@"; do
  root=${root#*=}; lib=$root/usr/lib/x86_64-linux-gnu
  version=$("$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$root/usr/bin/ss" -V | sed 's/.*iproute2-//; s/,.*//')
  ssin "ss/iproute2-$version" "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$root/usr/bin/ss"
  bbin "netstat/busybox-$("$root/usr/bin/busybox" | sed -n '1s/BusyBox v\([0-9.]*\).*/\1/p')" "$root/usr/bin/busybox"
  say "nstat/iproute2-$version" az.txt env NSTAT_HISTORY=/dev/null "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$(ls "$root"/usr/sbin/nstat "$root"/usr/bin/nstat 2>/dev/null | head -n 1)" -az
done
