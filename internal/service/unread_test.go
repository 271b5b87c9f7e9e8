package service_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// Where a file sets what nobody can read, or "no limit", the default of the software
// does not hold either.
func TestNoDefaultForWhatIsSet(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path, text string
		known            func(s *service.Service) bool
	}{
		{"children that a template counts", "php-fpm.d/www.conf", "[www]\nlisten = 9000\npm.max_children = {{ n }}\n", func(s *service.Service) bool { return s.Slots.Known() }},
		{"a queue that a template decides", "php-fpm.d/www.conf", "[www]\nlisten = 9000\npm.max_children = 4\nlisten.backlog = {{ n }}\n", func(s *service.Service) bool { return s.Backlog.Known() }},
		{"a queue that is computed", "gunicorn.conf.py", "backlog = queue()\n", func(s *service.Service) bool { return s.Backlog.Known() }},
		{"any number of requests", "server.xml", "<Connector port=\"80\" maxKeepAliveRequests=\"-1\"/>\n", func(s *service.Service) bool { return s.Requests.Known() }},
		{"any number of connections", "server.xml", "<Connector port=\"80\" maxConnections=\"-1\"/>\n", func(s *service.Service) bool { return s.Slots.Known() }},
		{"a configuration that is not seen", "Procfile", "web: gunicorn -c python:elsewhere app:app\n", func(s *service.Service) bool { return s.Keeps.Known() || s.Busy.Known() }},
		{"a file of Puma that is not seen", "Procfile", "web: puma -C /etc/puma.rb\n", func(s *service.Service) bool { return s.Keeps.Known() || s.Idle.Known() || len(s.Listens) > 0 }},
		{"a file of uWSGI that is not seen", "Procfile", "web: uwsgi --ini /etc/uwsgi.ini --http-socket :80\n", func(s *service.Service) bool { return s.Backlog.Known() || s.AllListens }},
		{"a file of Traefik that is not seen", "Procfile", "web: traefik --configFile=/etc/t.yml --entryPoints.web.address=:80\n", func(s *service.Service) bool { return len(s.Listens) > 0 }},
		{"a socket at times", "config/puma.rb", "port 3000\nssl_bind '0.0.0.0', 3001, key: 'k' if File.exist?('k')\n", func(s *service.Service) bool { return s.AllListens }},
		{"a socket over lines, at times", "config/puma.rb", "if ENV['TLS']\n  ssl_bind '0.0.0.0',\n    3001\nend\n", func(s *service.Service) bool { return s.AllListens || len(s.Listens) > 0 }},
		{"more sockets", "lighttpd.conf", "server.port = 80\n$SERVER[\"socket\"] == \":81\" { }\n", func(s *service.Service) bool { return s.AllListens }},
	} {
		all := service.Read([]*source.File{source.NewFile(tt.path, tt.text)}, nil).Services
		if len(all) != 1 {
			t.Fatalf("%s: %d services", tt.name, len(all))
		}
		if tt.known(all[0]) {
			t.Errorf("%s: the default is taken", tt.name)
		}
	}
}
