package facts

import (
	"slices"
	"strings"
	"time"
)

// Backend is what is known of the servers behind an upstream. No nginx
// configuration says it; people declare it for tcplint.
type Backend struct {
	// Preset names the server's software as PresetOf knows it; empty if
	// nobody said.
	Preset string
	// MaxConnections is how many connections one server of the upstream accepts
	// at a time; 0 if that is not known.
	MaxConnections int
	// MaxChildren is how many processes one server of the upstream has, each of
	// which an idle connection occupies (pm.max_children of php-fpm); 0 if that
	// is not known.
	MaxChildren int
	// IdleTimeout is when the server closes an idle connection; 0 leaves it to
	// the preset.
	IdleTimeout time.Duration
	// Families are the address families on which the servers listen, "ipv4" and
	// "ipv6"; empty if that is not known.
	Families []string
}

// Slots is the number of connections that one server holds at a time, and the
// name of the limit; 0 if there is none that is known.
func (b Backend) Slots() (n int, limit string) {
	n, limit = b.MaxConnections, "max_connections"
	if b.MaxChildren > 0 && (n == 0 || b.MaxChildren < n) {
		n, limit = b.MaxChildren, "max_children"
	}
	return n, limit
}

// Idle is the time after which the server closes an idle connection: the one
// that is declared, or the preset's; 0 if it never does, or if that is not known.
func (b Backend) Idle() time.Duration {
	if b.IdleTimeout > 0 {
		return b.IdleTimeout
	}
	p, _ := PresetOf(b.Preset)
	return p.IdleTimeout
}

// ListensOnlyOn reports whether the servers are known to listen on one address
// family and no other.
func (b Backend) ListensOnlyOn(family string) bool {
	return len(b.Families) > 0 && !slices.ContainsFunc(b.Families, func(f string) bool { return f != family })
}

// Preset is how a kind of server treats idle connections as it is shipped.
type Preset struct {
	// Name is how a configuration of tcplint names it.
	Name string
	// Title is its name for people.
	Title string
	// IdleTimeout is when it closes an idle connection, the shortest of the
	// releases in use; 0 if it never does, or keeps none to begin with.
	IdleTimeout time.Duration
	// Note says what the number leaves out.
	Note string
	// Ref is where the number comes from, https.
	Ref string
}

// PresetOf finds a preset; ok is false if there is none of that name.
func PresetOf(name string) (p Preset, ok bool) {
	i, ok := slices.BinarySearchFunc(presets, name, func(p Preset, name string) int {
		return strings.Compare(p.Name, name)
	})
	if !ok {
		return Preset{}, false
	}
	return presets[i], true
}

// Presets are all presets, by name. The slice must not be changed.
func Presets() []Preset { return presets }

// presets are sorted by name. What was measured (experiment 16) was so with a direct
// connection to the server as Debian 12 ships it (node: 20.20), left idle for 70
// seconds.
var presets = []Preset{
	{
		Name: "apache", Title: "Apache httpd", IdleTimeout: 5 * time.Second,
		Note: "KeepAliveTimeout; releases before 2.3 had 15 s",
		Ref:  "https://httpd.apache.org/docs/2.4/mod/core.html#keepalivetimeout",
	},
	{
		Name: "caddy", Title: "Caddy", IdleTimeout: 5 * time.Minute,
		Note: "timeouts idle",
		Ref:  "https://caddyserver.com/docs/caddyfile/options#timeouts",
	},
	{
		Name: "go", Title: "Go net/http",
		Note: "IdleTimeout and ReadTimeout of http.Server are 0: it never closes (measured: open after 70 s)",
		Ref:  "https://pkg.go.dev/net/http#Server",
	},
	{
		Name: "gunicorn", Title: "gunicorn", IdleTimeout: 2 * time.Second,
		Note: "keepalive, for all workers but sync, which keeps no connection (measured: gthread closes after 2.0 s)",
		Ref:  "https://docs.gunicorn.org/en/stable/settings.html#keepalive",
	},
	{
		Name: "hypercorn", Title: "Hypercorn", IdleTimeout: 5 * time.Second,
		Note: "keep_alive_timeout",
		Ref:  "https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html",
	},
	{
		Name: "jetty", Title: "Jetty", IdleTimeout: 30 * time.Second,
		Note: "idleTimeout of the connector",
		Ref:  "https://github.com/jetty/jetty.project/blob/jetty-12.0.x/jetty-core/jetty-server/src/main/java/org/eclipse/jetty/server/AbstractConnector.java",
	},
	{
		Name: "kestrel", Title: "ASP.NET Core Kestrel", IdleTimeout: 130 * time.Second,
		Note: "Limits.KeepAliveTimeout",
		Ref:  "https://learn.microsoft.com/en-us/dotnet/api/microsoft.aspnetcore.server.kestrel.core.kestrelserverlimits.keepalivetimeout",
	},
	{
		Name: "nginx", Title: "nginx", IdleTimeout: 65 * time.Second,
		Note: "keepalive_timeout of the nginx.conf that is shipped; the default without it is 75 s",
		Ref:  "https://github.com/nginx/nginx/blob/master/conf/nginx.conf",
	},
	{
		Name: "node", Title: "Node.js http", IdleTimeout: 5 * time.Second,
		Note: "server.keepAliveTimeout; the socket closes up to a second later (measured: 6.0 s); 65 s in releases with nodejs/node#62782",
		Ref:  "https://nodejs.org/api/http.html#serverkeepalivetimeout",
	},
	{
		Name: "php-fpm", Title: "php-fpm",
		Note: "a connection with FCGI_KEEP_CONN occupies its process until nginx closes it",
		Ref:  "https://github.com/php/php-src/blob/master/main/fastcgi.c",
	},
	{
		Name: "puma", Title: "Puma", IdleTimeout: 20 * time.Second,
		Note: "persistent_timeout (measured: 20.2 s); 65 s from 7.0 on",
		Ref:  "https://github.com/puma/puma/blob/master/History.md",
	},
	{
		Name: "spring-boot", Title: "Spring Boot with Tomcat", IdleTimeout: time.Minute,
		Note: "connectionTimeout of Tomcat, which Spring Boot leaves alone",
		Ref:  "https://tomcat.apache.org/tomcat-10.1-doc/config/http.html",
	},
	{
		Name: "tomcat", Title: "Tomcat", IdleTimeout: 20 * time.Second,
		Note: "connectionTimeout of the server.xml that is shipped; the default without it is 60 s",
		Ref:  "https://tomcat.apache.org/tomcat-10.1-doc/config/http.html",
	},
	{
		Name: "uvicorn", Title: "Uvicorn", IdleTimeout: 5 * time.Second,
		Note: "timeout-keep-alive (measured: 5.0 s)",
		Ref:  "https://www.uvicorn.org/settings/#timeouts",
	},
	{
		Name: "waitress", Title: "Waitress", IdleTimeout: 2 * time.Minute,
		Note: "channel_timeout",
		Ref:  "https://docs.pylonsproject.org/projects/waitress/en/stable/arguments.html",
	},
}
