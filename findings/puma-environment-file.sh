#!/usr/bin/env bash
# With config/puma/production.rb there, Puma reads nothing of config/puma.rb in production.
#
# Guess: the file of the environment is read on top of config/puma.rb, as environments are
# on top of config/application.rb in Rails: what it does not set is that of config/puma.rb.
# Seen (puma 5.6.5-3+deb12u2): one file is read. In production the port is that of
# config/puma/production.rb and the idle timeout Puma's default of 20 s, although
# config/puma.rb says 11; in development it is 11. The first that exists is taken of
# config/puma/ENVIRONMENT.rb and config/puma.rb (Configuration#config_files in
# lib/puma/configuration.rb). A persistent_timeout that was tuned for the proxy in front is
# lost on the day on which somebody adds a file for production.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v puma >/dev/null || apt-get -q -y install --no-install-recommends puma >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' puma
case $(dpkg-query -W -f '${Version}' puma) in 5.6.5-*) ;; *) echo "this was seen with 5.6.5"; exit 1 ;; esac
cd "$dir"
mkdir -p config/puma
printf 'persistent_timeout 11\nport 18101\n' >config/puma.rb
printf 'port 18102\n' >config/puma/production.rb
cat >see.rb <<'RUBY'
require "puma"
require "puma/configuration"
c = Puma::Configuration.new({environment: ARGV[0]}) {}
c.load
puts "#{ARGV[0]}: #{c.options[:binds].join} keeps idle connections for #{c.options[:persistent_timeout]} s"
RUBY
for environment in production development; do ruby see.rb "$environment"; done | tee seen
diff seen - <<'SEEN'
production: tcp://0.0.0.0:18102 keeps idle connections for 20 s
development: tcp://0.0.0.0:18101 keeps idle connections for 11 s
SEEN
