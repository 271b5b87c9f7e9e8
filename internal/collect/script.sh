#!/bin/sh
# Collects what tcplint needs to know about this host into one archive, without
# secrets, and changes nothing. Made by "tcplint collect --script": the archive is the
# same as that of "tcplint collect", and docs/collect.md says what is in it.
#
#   sh tcplint-collect.sh [-o FILE.tar.gz] [-i SECONDS]
#
# -o  the archive; "-" is standard output (default HOST-TIME.tar.gz)
# -i  how long to wait between the two readings of counters (default 10; 0 reads once)
#
# It needs a shell, awk, tar and gzip, all of which busybox has. Without root it takes
# what it may, and the manifest says what root would add.
set -u
LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/nginx/sbin:/usr/local/openresty/bin
export LC_ALL PATH
umask 077
R=${TCPLINT_ROOT:-}
out= interval=10
while [ $# -gt 0 ]; do
  case $1 in
    -o) out=${2:?"-o wants a file"}; shift 2 ;;
    -i) interval=${2:?"-i wants seconds"}; shift 2 ;;
    *) echo "tcplint-collect: unknown argument: $1 (usage: [-o FILE.tar.gz] [-i SECONDS])" >&2; exit 2 ;;
  esac
done
case $interval in *[!0-9]*|'') echo "tcplint-collect: -i wants whole seconds, not $interval" >&2; exit 2 ;; esac
for tool in awk tar gzip; do
  command -v $tool >/dev/null 2>&1 || { echo "tcplint-collect: this host has no $tool" >&2; exit 3; }
done
T=$(mktemp -d "${TMPDIR:-/tmp}/tcplint.XXXXXX") || exit 3
trap 'rm -rf "$T"' EXIT
trap 'exit 3' HUP INT TERM
host=$(head -n 1 "$R/proc/sys/kernel/hostname" 2>/dev/null || head -n 1 "$R/etc/hostname" 2>/dev/null || echo host)
host=$(printf %s "$host" | tr -c 'A-Za-z0-9._-' '-' | sed 's/^[.-]*//; s/[.-]*$//')
host=${host:-host}
D=$T/out/$host
mkdir -p "$D/evidence" "$T/awk"
: >"$T/items"
began=$(date +%s)
TAB=$(printf '\t')
NL='
'

@AWK@

AWK="awk -f $T/awk/shape.awk -f $T/awk/words.awk"

# item PATH SOURCE STATE STATUS SECONDS WHY: one line of the manifest.
item() {
  bytes=0
  [ -f "$D/$1" ] && bytes=$(wc -c <"$D/$1" | tr -d ' ')
  printf 'item\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$bytes" "$6" >>"$T/items"
}

# ask PATH SOURCE: an item for a file that cannot be read; true if it can.
ask() {
  if [ ! -e "$R$2" ]; then item "$1" "$2" absent 0 0.000 ""; return 1; fi
  if [ ! -f "$R$2" ]; then item "$1" "$2" failed 0 0.000 "it is no regular file"; return 1; fi
  if [ ! -r "$R$2" ]; then item "$1" "$2" refused 0 0.000 "root may read it"; return 1; fi
  case "$1" in *"$TAB"*|*"$NL"*) return 1 ;; esac
  case "/$1/" in */../*) return 1 ;; esac
  [ -e "$D/$1" ] && return 1
  mkdir -p "$(dirname "$D/$1")"
}

# proc PATH SOURCE: a file of /proc, as it is.
proc() {
  ask "$1" "$2" || return 0
  if cat "$R$2" >"$T/raw" 2>/dev/null; then
    head -c @MOST_COMMAND@ "$T/raw" >"$D/$1"; item "$1" "$2" taken 0 0.000 ""
  else item "$1" "$2" refused 0 0.000 "root may read it"; fi
}

# has MODULE: asking would not load it.
has() {
  [ -e "$R/proc/modules" ] || return 0
  grep -q "^$1 " "$R/proc/modules" 2>/dev/null && return 0
  [ -d "$R/sys/module/$1" ] && return 0
  grep -q "/$1\.ko" "$R/lib/modules/$(cat "$R/proc/sys/kernel/osrelease" 2>/dev/null)/modules.builtin" 2>/dev/null
}

# run PATH KEEP COMMAND...: what a command prints, of it the lines that match. It
# returns 1 if there is no such command.
run() {
  to=$1 keep=$2; shift 2
  if ! command -v "$1" >/dev/null 2>&1; then item "$to" "$*" absent 0 0.000 ""; return 1; fi
  t0=$(date +%s) state=taken why=
  if command -v timeout >/dev/null 2>&1; then timeout @TIMEOUT@ "$@" >"$T/raw" 2>&1; status=$?
  else "$@" >"$T/raw" 2>&1; status=$?; fi
  case $status in
    0) ;;
    124|143) state=timeout why="it took more than @TIMEOUT@s" ;;
    *) state=failed ;;
  esac
  if [ -n "$keep" ]; then grep -E "$keep" "$T/raw" >"$T/kept"; mv "$T/kept" "$T/raw"; fi
  head -c @MOST_COMMAND@ "$T/raw" >"$D/$to"
  item "$to" "$*" $state $status "$(($(date +%s) - t0)).000" "$why"
}

# lines KEEP PATTERN...: files of which only some lines are taken.
lines() {
  keep=$1; shift
  for p in "$@"; do
    for f in $R$p; do
      f=${f#"$R"}
      [ -e "$R$f" ] || continue
      ask "${f#/}" "$f" || continue
      KEEP=$keep NEVER='@NEVER@' awk 'BEGIN { keep = ENVIRON["KEEP"]; never = ENVIRON["NEVER"] } { sub(/\r$/, "") } $0 ~ keep && $0 !~ never { print; next } { print "" }' "$R$f" >"$D/${f#/}"
      item "${f#/}" "$f" taken 0 0.000 ""
    done
  done
}

# settings: the kernel's parameters in force.
settings() {
  : >"$T/raw"
  for root in @SETTINGS_ROOTS@; do
    [ -e "$R/proc/sys/$root" ] || continue
    find "$R/proc/sys/$root" -type f 2>/dev/null
  done | while IFS= read -r f; do
    key=$(printf %s "${f#"$R/proc/sys/"}" | tr './' '/.')
    # Not "read": dash reads byte by byte, of which /proc/sys gives only the first.
    value=$(cat "$f" 2>/dev/null) || continue
    printf '%s = %s\n' "$key" "$value"
  done 2>/dev/null | KEEP='@SETTINGS@' NEVER='@NEVER_SETTINGS@' awk 'BEGIN { keep = ENVIRON["KEEP"]; never = ENVIRON["NEVER"] } { gsub(/\t/, " "); sub(/ +$/, "") } $1 ~ keep && $1 !~ never' | sort >"$D/evidence/sysctl-a.txt"
  item evidence/sysctl-a.txt /proc/sys taken 0 0.000 ""
}

# processes: those of nginx. It sets main and prefix from the master's title.
processes() {
  main= prefix= limits= master= why=
  for d in "$R"/proc/[0-9]*; do
    [ -r "$d/cmdline" ] || continue
    title=$(tr '\000' ' ' <"$d/cmdline" 2>/dev/null)
    case $title in "nginx: "*" process"*|"nginx: privileged agent process"*) ;; *) continue ;; esac
    # A process with a number in a second PID namespace lives in a container.
    printf '%s\n' "$title" | awk -v pid="${d##*/}" -v status="$(awk '/^PPid:/ { parent = $2 } /^NSpid:/ { contained = NF > 2 } END { print parent + 0, contained + 0 }' "$d/status" 2>/dev/null)" '
      match($0, /^nginx: (master|worker|cache manager|cache loader|privileged agent) process( is shutting down)?/) {
        out = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
        while (match(rest, / -[cp] [A-Za-z0-9._@\/-]+/)) { out = out substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH) }
        split(status, s, " ")
        print s[2] + 0, pid, s[1] + 0, out
      }'
  done | sort -k2,2n >"$T/processes"
  if [ ! -s "$T/processes" ]; then
    item evidence/processes.txt /proc/PID/cmdline absent 0 0.000 "no process of nginx is seen here"
    return
  fi
  { echo "PID PPID COMMAND"; cut -d ' ' -f 2- "$T/processes"; } >"$D/evidence/processes.txt"
  while read -r contained pid _ rest; do
    case $contained$rest in
      "0nginx: worker"*) [ -n "$limits" ] || limits=/proc/$pid/limits ;;
      "0nginx: master"*)
        c= p=
        case $rest in *" -c "*) c=${rest#* -c }; c=${c%% *} ;; esac
        case $rest in *" -p "*) p=${rest#* -p }; p=${p%% *} ;; esac
        if [ -z "$master" ]; then
          master=$pid main=$c prefix=$p
        elif [ "$c" != "$main" ]; then
          why="more than one nginx runs: the configuration is that of process $master"
        fi ;;
    esac
  done <"$T/processes"
  item evidence/processes.txt /proc/PID/cmdline taken 0 0.000 "$why"
  [ -z "$limits" ] || proc evidence/proc-limits.txt "$limits"
}

# config FILE: a file of nginx without secrets; then what it includes.
config() {
  case "$NL$done$NL" in *"$NL$1$NL"*) return ;; esac
  done=$done$NL$1
  count=$((count + 1)); [ $count -le @MOST_INCLUDES@ ] || return
  ask "${1#/}" "$1" || return
  if [ "$(wc -c <"$R$1")" -gt @MOST_FILE@ ]; then item "${1#/}" "$1" failed 0 0.000 "it is longer than 1 MB"; return; fi
  $AWK -f "$T/awk/nginx.awk" "$R$1" >"$T/clean"
  # awk ends every line, the last one too.
  if [ -n "$(tail -c 1 "$R$1")" ]; then head -c "$(wc -c <"$R$1" | tr -d ' ')" "$T/clean" >"$D/${1#/}"; else cp "$T/clean" "$D/${1#/}"; fi
  item "${1#/}" "$1" taken 0 0.000 ""
  # One directive a line is how nearly all files are written; more on one are split.
  tr ';{}' '\n\n\n' <"$D/${1#/}" | awk '$1 == "include" || $1 == "error_log" || $1 == "access_log" { v = $2; gsub(/^["'\'']|["'\'']$/, "", v); print $1, v } $1 == "upstream" { print $1, $2 }' >"$T/found.$count"
  [ -s "$T/status" ] || tr ';{}' '\n\n\n' <"$D/${1#/}" | awk '
    function bare(w) { gsub(/^["'\'']|["'\'']$/, "", w); return w }
    $1 == "server" && NF == 1 { listen = name = place = "" }
    $1 == "listen" && listen == "" { listen = bare($2) }
    $1 == "server_name" && name == "" { name = bare($2) }
    $1 == "location" && NF > 1 { place = bare($NF) }
    $1 == "stub_status" { if (listen == "") listen = 80; print place, listen, name; exit }' >"$T/status"
  list=$T/found.$count
  while read -r what value; do
    case $what in
      include)
        case $value in ''|*\$*) continue ;; /*) ;; *) value=${main%/*}/$value ;; esac
        case ${value%/*} in *[*?[]*|*..*) ;; *) [ -d "$R${value%/*}" ] && mkdir -p "$D${value%/*}" ;; esac
        for inc in $R$value; do
          [ -e "$inc" ] && printf '%s\n' "${inc#"$R"}" >>"$T/queue"
        done ;;
      error_log) printf 'error %s\n' "$value" >>"$T/logs" ;;
      access_log) printf 'access %s\n' "$value" >>"$T/logs" ;;
      upstream) names="$names $value" ;;
    esac
  done <"$list"
}

# logs: the ends of the logs that the configuration names.
logs() {
  grep -q '^error' "$T/logs" || echo "error @ERROR_LOG@" >>"$T/logs"
  grep -q '^access' "$T/logs" || echo "access @ACCESS_LOG@" >>"$T/logs"
  n=0 seen=
  while read -r kind f; do
    case $f in ''|off|stderr|*\$*|*:*|/dev/*|/proc/*) continue ;; /*) ;; *) f=${prefix%/}/$f ;; esac
    case " $seen " in *" $f "*) continue ;; esac
    seen="$seen $f" n=$((n + 1)); [ $n -le @MOST_LOGS@ ] || break
    base=${f##*/}
    case $base in "$kind"*log*) ;; *) base=$kind-$base.log ;; esac
    to=${f%/*}/$base; to=${to#/}
    ask "$to" "$f" || continue
    size=$(wc -c <"$R$f" | tr -d ' ') state=taken why=
    tail -c @MOST_LOG@ "$R$f" >"$T/raw"
    if [ "$size" -gt @MOST_LOG@ ]; then state=cut why="the last @MOST_LOG@ bytes"; tail -n +2 "$T/raw" >"$T/kept"; mv "$T/kept" "$T/raw"; fi
    $AWK -v MODE="$kind" -v UPSTREAMS="$names" -f "$T/awk/logs.awk" "$T/raw" >"$D/$to"
    item "$to" "$f" $state 0 0.000 "$why"
  done <"$T/logs"
}

# stub_status: nginx's own numbers, from an address of its own and nobody else's.
stub_status() {
  read -r place listen name <"$T/status" || return 0
  printf '%s\n' "$listen" | grep -Eq '^(\*|[0-9.]+|\[[0-9a-fA-F:]+\])(:[0-9]+)?$' || return 0
  printf '%s\n' "$place" | grep -Eq '^/[A-Za-z0-9/._-]*$' || return 0
  case $listen in *[.:*]*) ;; *) listen=127.0.0.1:$listen ;; esac
  case $listen in \**) listen=127.0.0.1${listen#\*} ;; 0.0.0.0*) listen=127.0.0.1${listen#0.0.0.0} ;; '[::]'*) listen="[::1]${listen#\[::\]}" ;; esac
  set -- curl -s -g -m 2 --noproxy '*'
  if printf '%s\n' "$name" | grep -Eq '^[A-Za-z0-9.-]+$'; then set -- "$@" -H "Host: $name"; fi
  run @STATUS_PATH@ '@STATUS_LINES@' "$@" "http://$listen$place"
}

# backends PATTERN...: of the ends of backends' logs the lines that say something.
backends() {
  n=0
  for p in "$@"; do
    for f in $R$p; do
      f=${f#"$R"}
      [ -e "$R$f" ] || continue
      n=$((n + 1)); [ $n -le @MOST_LOGS@ ] || return 0
      base=backend-${f##*/}
      case $base in *.log) ;; *) base=$base.log ;; esac
      to=${f%/*}/$base; to=${to#/}
      ask "$to" "$f" || continue
      size=$(wc -c <"$R$f" | tr -d ' ') state=taken why=
      tail -c @MOST_LOG@ "$R$f" >"$T/raw"
      [ "$size" -le @MOST_LOG@ ] || { state=cut why="the last @MOST_LOG@ bytes"; }
      $AWK -v MODE=backend -f "$T/awk/logs.awk" "$T/raw" | sed '/^$/d' >"$D/$to"
      item "$to" "$f" $state 0 0.000 "$why"
    done
  done
}

if [ "$interval" -gt 0 ]; then
@BEFORE@
fi
@PROC@
@COMMANDS@
settings
@LINES@
processes
case $main in /*) ;; *)
  main=
  for m in @MAIN_FILES@; do [ -e "$R$m" ] && { main=$m; break; }; done ;;
esac
: >"$T/logs"; : >"$T/queue"; : >"$T/status"
done= count=0 names=
if [ -n "$main" ]; then
  : "${prefix:=${main%/*}}"
  echo "$main" >"$T/queue"
  at=1
  while f=$(sed -n "${at}p" "$T/queue") && [ -n "$f" ]; do config "$f"; at=$((at + 1)); done
  logs
else
  item etc/nginx/nginx.conf /etc/nginx/nginx.conf absent 0 0.000 "no main file of nginx was found"
fi
[ ! -s "$T/status" ] || stub_status
backends @BACKEND_LOGS@
{
  printf '# Written by the collector.\n[target]\n'
  sed -n 's/^nginx version: nginx\/\([0-9.]*[0-9]\).*/nginx = "\1"/p; s/^.*version: Angie\/\([0-9.]*[0-9]\).*/nginx = "angie-\1"/p; s/^.*version: Tengine\/\([0-9.]*[0-9]\).*/nginx = "tengine-\1"/p; s/^.*version: openresty\/\([0-9.]*[0-9]\).*/nginx = "openresty-\1"/p; s/^.*version: freenginx\/\([0-9.]*[0-9]\).*/nginx = "freenginx-\1"/p' "$D/evidence/nginx-V.txt" 2>/dev/null | head -n 1
  sed -n 's/^\([0-9]*\.[0-9]*\(\.[0-9]*\)\{0,1\}\).*/kernel = "\1"/p' "$R/proc/sys/kernel/osrelease" 2>/dev/null
  [ -z "$main" ] || printf '\n[[host]]\nname = "%s"\nnginx = ["%s"]\nsysctl = ["evidence/sysctl-a.txt"]\n' "$host" "${main#/}"
} >"$D/.tcplint.toml"
item .tcplint.toml "the collector" taken 0 0.000 ""
left=$((began + interval - $(date +%s)))
[ $left -le 0 ] || sleep $left
@AFTER@
{
  printf 'tcplint-snapshot\t@VERSION@\nhost\t%s\ntime\t%s\ncollector\t@COLLECTOR@\nuser\t%s\nredacted\tno\n' "$host" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(id -u)"
  cat "$T/items"
  printf 'end\t%s\n' "$(wc -l <"$T/items" | tr -d ' ')"
} >"$D/MANIFEST"
name=${out:-$host-$(date -u +%Y%m%dT%H%M%SZ).tar.gz}
(cd "$T/out" && tar cf - "$host") | gzip >"$T/archive" || exit 3
if [ "$name" = - ]; then cat "$T/archive"
else cp "$T/archive" "$name.part" && mv "$name.part" "$name" || { rm -f "$name.part"; exit 3; }; echo "$name" >&2; fi
