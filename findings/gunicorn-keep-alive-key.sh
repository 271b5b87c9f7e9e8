#!/usr/bin/env bash
# gunicorn.conf.py with "keep_alive = 75" keeps connections for 2 s, and says nothing.
#
# Guess: the option is --keep-alive, so the file has keep_alive; and a name that gunicorn
# does not know is an error, as a misspelt option on the command line is.
# Seen (gunicorn 20.1.0, Debian 12): "gunicorn --check-config" is content and
# "--print-config" prints 2. The file is a program, whose names may be anything: those that
# are no settings are passed over (load_config_from_module_name_or_filename in
# gunicorn/app/base.py). The setting is called keepalive; that of --max-requests-jitter
# has its underscores, max_requests_jitter.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v gunicorn >/dev/null || apt-get -q -y install --no-install-recommends gunicorn >/dev/null
gunicorn --version
case $(gunicorn --version) in *"version 20.1.0"*) ;; *) echo "this was seen with 20.1.0"; exit 1 ;; esac
cd "$dir"
printf 'def app(environ, start_response):\n    return []\n' >app.py
failed=0
try() {
  printf '%s\n' "$1" >gunicorn.conf.py
  gunicorn --check-config app:app || failed=1
  got=$(gunicorn --print-config app:app | sed -n "s/^$2 *= //p")
  printf '%-26s %s is %s\n' "$1" "$2" "$got"
  [ "$got" = "$3" ] || failed=1
}
try 'keepalive = 75' keepalive 75
try 'keep_alive = 75' keepalive 2
try 'max_requests_jitter = 50' max_requests_jitter 50
exit "$failed"
