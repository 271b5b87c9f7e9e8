package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxListenConflict = lint.Rule{
	ID:       "nginx-listen-conflict",
	Title:    "listen directives that nginx refuses together",
	Severity: lint.Error,
	Since:    "0.2",
	Why: `Servers may share an address, but its socket exists once. So the options of the socket (backlog, so_keepalive, rcvbuf, sndbuf, deferred, fastopen, setfib, accept_filter, bind, ipv6only, reuseport, multipath) may stand on one listen of an address only, "default_server" as well, and in one server the same address may not stand twice: "nginx -t" refuses it.

An address such as 127.0.0.1:80 shares the socket of "listen 80". With any such option, even bind or so_keepalive, nginx binds it of its own, which the kernel refuses beside the wildcard: "nginx -t" says that all is well, and then nginx does not start, or a reload does nothing: "bind() to 0.0.0.0:80 failed (98: Address already in use)". The same holds for "[::]:80 ipv6only=off" beside any IPv4 address of the port, and for one address in http and in stream. With reuseport on both the kernel takes them.

Measured on nginx 1.22.1, 1.26.3 and 1.30.6. In stream two servers may share an address since 1.25.5. "listen ... quic" takes no backlog, deferred, so_keepalive, fastopen, proxy_protocol, ssl, http2 or multipath.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
		"https://github.com/nginx/nginx/blob/release-1.30.0/src/http/ngx_http.c",
		"https://man7.org/linux/man-pages/man2/bind.2.html",
	},
	Examples: []lint.Example{
		{
			Name: "an option beside a wildcard",
			Bad: `server {
    listen 80;
    server_name a.example.com;
}
server {
    listen 127.0.0.1:80 so_keepalive=on;
                       #^^^^^^^^^^^^^^^ so_keepalive=on makes nginx bind 127.0.0.1:80 of its own, beside *:80: it does not start (98: Address already in use)
    server_name b.example.com;
}
`,
			Good: `server {
    listen 80 so_keepalive=on;
    server_name a.example.com;
}
server {
    listen 127.0.0.1:80;
    server_name b.example.com;
}
`,
		},
		{
			Name: "options twice, two defaults, and one address twice",
			Bad: `server {
    listen 80 default_server backlog=1024;
}
server {
    listen *:80 backlog=1024;
               #^^^^^^^^^^^^ duplicate listen options for *:80
    listen 8080;
    listen 0.0.0.0:8080;
   #^^^^^^^^^^^^^^^^^^^^ a duplicate listen *:8080
}
server {
    listen 80 default_server;
             #^^^^^^^^^^^^^^ a duplicate default server for *:80
}
`,
			Good: `server {
    listen 80 default_server backlog=1024;
}
server {
    listen *:80;
    listen 8080;
}
server {
    listen 80;
}
`,
		},
		{
			Name: "IPv6 that takes IPv4, too",
			Bad: `server {
    listen 8080;
}
server {
    listen [::]:8080 ipv6only=off;
                    #^^^^^^^^^^^^ ipv6only=off makes nginx bind [::]:8080 for IPv4, too, beside *:8080: it does not start
}
`,
			Good: `server {
    listen 8080;
}
server {
    listen [::]:8080;
}
`,
		},
		{
			Name:  "QUIC",
			Nginx: "1.30.0",
			Bad: `server {
    listen 443 quic reuseport backlog=1024;
                             #^^^^^^^^^^^^ "listen" directive "backlog" parameter is incompatible with "quic"
    listen 443 ssl;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
}
`,
			Good: `server {
    listen 443 quic reuseport;
    listen 443 ssl backlog=1024;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
}
`,
		},
		{
			Name: "http and stream",
			Bad: `events {}
http {
    server {
        listen 127.0.0.1:8080;
    }
}
stream {
    server {
        listen 127.0.0.1:8080;
       #^^^^^^^^^^^^^^^^^^^^^^ http and stream listen on 127.0.0.1:8080: nginx does not start
        proxy_pass 127.0.0.1:9000;
    }
}
`,
			Good: `events {}
http {
    server {
        listen 127.0.0.1:8080;
    }
}
stream {
    server {
        listen 127.0.0.1:8081;
        proxy_pass 127.0.0.1:9000;
    }
}
`,
		},
		{
			Name:  "two servers of stream, before they could share",
			Nginx: "1.24.0",
			Bad: `events {}
stream {
    server {
        listen 9000;
        proxy_pass 127.0.0.1:9001;
    }
    server {
        listen 9000;
       #^^^^^^^^^^^^ duplicate *:9000 address and port pair
        proxy_pass 127.0.0.1:9002;
    }
}
`,
			Good: `events {}
stream {
    server {
        listen 9000;
        proxy_pass 127.0.0.1:9001;
    }
    server {
        listen 9003;
        proxy_pass 127.0.0.1:9002;
    }
}
`,
		},
		{
			Name: "silent: one socket for both, reuseport on both, another family, UDP, and an option once",
			Bad: `events {}
http {
    server {
        listen 80 default_server backlog=4096;
        listen [::]:80 default_server backlog=4096;
        listen 8080 reuseport;
        listen 8081 default_server;
        listen 8443 ssl http2;
        listen [::]:8443 ssl http2;
        ssl_certificate a.pem;
        ssl_certificate_key a.key;
    }
    server {
        listen 80;
        listen 127.0.0.1:80;
        listen 127.0.0.1:8080 reuseport;
        listen 127.0.0.1:8081 default_server;
        listen 127.0.0.1:8082 so_keepalive=on;
        listen 127.0.0.2:8082 so_keepalive=on;
    }
}
stream {
    server {
        listen 53 udp reuseport;
        proxy_pass 127.0.0.1:9001;
    }
    server {
        listen 53 backlog=100;
        proxy_pass 127.0.0.1:9001;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		c := conflicts{
			p: p, byKey: map[string]*socketAddress{},
			all: map[socketPort][]*socketAddress{}, wide: map[socketPort][]*socketAddress{},
		}
		for _, s := range p.Host.Nginx.Scopes {
			if s.Is(model.Server, model.StreamServer) {
				c.server(s)
			}
		}
		for _, a := range c.order {
			c.beside(a)
		}
	},
}

var _ = add(&nginxListenConflict)

// socketOptions are the parameters of listen that belong to the socket; those with
// "=" take a value.
var socketOptions = []string{
	"backlog=", "so_keepalive=", "rcvbuf=", "sndbuf=", "deferred", "fastopen=", "setfib=", "accept_filter=",
	"bind", "ipv6only=", "reuseport", "multipath",
}

// notForQUIC are the parameters that nginx refuses beside quic.
var notForQUIC = []string{"backlog=", "deferred", "so_keepalive=", "fastopen=", "proxy_protocol", "ssl", "http2", "multipath"}

// socketAddress is an address with the first listen directives that say something
// of it.
type socketAddress struct {
	key, host, port  string // host is "*", "[::]" or an address
	stream, datagram bool
	listens          []model.Setting
	server           *model.Scope  // the last one that listens there
	options          model.Setting // with socket options; nil directive if none
	option           int           // the word of the first
	def              model.Setting // with default_server
}

// conflicts goes through the servers of a configuration.
type conflicts struct {
	p     *lint.Pass
	byKey map[string]*socketAddress
	order []*socketAddress
	// all are the addresses of a port, wide those of them that take in others: "*"
	// and "[::]". Both are in the order of the file.
	all, wide map[socketPort][]*socketAddress
}

// socketPort is a port of TCP or UDP.
type socketPort struct {
	port     string
	datagram bool
}

func (a *socketAddress) socketPort() socketPort { return socketPort{a.port, a.datagram} }

// parameterWord finds the first of some parameters of a listen directive: the
// index of its word in the directive and its name; 0 if there is none.
func parameterWord(set model.Setting, names []string) (word int, name string) {
	for i, w := range set.Args().All() {
		for _, name := range names {
			value, takes := strings.CutSuffix(name, "=")
			if i > 0 && (w.Value == name || takes && strings.HasPrefix(w.Value, name)) {
				return i + 1, value
			}
		}
	}
	return 0, ""
}

func (c *conflicts) server(s *model.Scope) {
	for set := range s.All("listen") {
		key := model.ListenKey(set.Arg(0))
		if key == "" || set.Unknown() {
			continue
		}
		if word, name := parameterWord(set, notForQUIC); set.Has("quic") && word > 0 {
			c.p.Report(lint.Finding{
				At:       lint.AtWord(set.Directive, word),
				Msg:      `"listen" directive "` + name + `" parameter is incompatible with "quic"`,
				Versions: c.p.NginxVersions(facts.Since(facts.V(1, 25, 0)), ""),
			})
		}
		c.listen(s, set, key, set.Datagram())
	}
}

func (c *conflicts) listen(s *model.Scope, set model.Setting, key string, datagram bool) {
	stream := s.Kind == model.StreamServer
	id := fmt.Sprint(key, stream, datagram)
	a := c.byKey[id]
	if a == nil {
		i := strings.LastIndexByte(key, ':')
		a = &socketAddress{key: key, host: key[:i], port: key[i+1:], stream: stream, datagram: datagram}
		c.byKey[id], c.order = a, append(c.order, a)
		at := a.socketPort()
		c.all[at] = append(c.all[at], a)
		if a.wide() {
			c.wide[at] = append(c.wide[at], a)
		}
	} else {
		if a.server == s {
			c.refuse(lint.At(set.Directive), "a duplicate listen "+key, a.listens[len(a.listens)-1], "nginx refuses this after")
			return
		}
		if shared := facts.V(1, 25, 5); stream {
			if facts.Until(shared).Contains(c.p.Host.Target.Nginx) { // else the author has a release that takes it
				c.refuse(lint.At(set.Directive), "duplicate "+key+" address and port pair", a.listens[0], "nginx refuses this after")
				return
			}
		}
	}
	a.listens, a.server = append(a.listens, set), s
	if word, _ := parameterWord(set, socketOptions); word > 0 {
		if a.options.Directive != nil {
			c.refuse(lint.AtWord(set.Directive, word), "duplicate listen options for "+key, a.options, "the options of the socket stand here")
		} else {
			a.options, a.option = set, word
		}
	}
	if word, _ := parameterWord(set, []string{"default_server", "default"}); word > 0 {
		if a.def.Directive != nil {
			c.refuse(lint.AtWord(set.Directive, word), "a duplicate default server for "+key, a.def, "this is the default")
		} else {
			a.def = set
		}
	}
}

func (c *conflicts) refuse(at lint.Place, msg string, other model.Setting, note string) {
	c.p.Report(lint.Finding{At: at, Msg: msg, Notes: []lint.Note{{Msg: note, At: lint.At(other.Directive)}}})
}

// wide reports whether an address takes in others of its port.
func (a *socketAddress) wide() bool { return a.host == "*" || a.host == "[::]" }

// beside looks for another address of the port that the kernel does not let a
// socket be bound beside.
func (c *conflicts) beside(a *socketAddress) {
	others := c.wide[a.socketPort()]
	if a.wide() {
		others = c.all[a.socketPort()] // any of which it may take in
	} else if other := c.byKey[fmt.Sprint(a.key, !a.stream, a.datagram)]; other != nil {
		others = append(slices.Clip(others), other)
	}
	for _, other := range others {
		if other == a || c.shareQueues(a, other) {
			continue
		}
		switch {
		case other.key == a.key && a.stream && !other.stream:
			c.refuse(lint.At(a.listens[0].Directive), "http and stream listen on "+a.key+": nginx does not start (98: Address already in use)", other.listens[0], "this one comes first")
			return
		case a.stream != other.stream || a.options.Directive == nil:
			continue
		case a.host == "[::]" && a.options.Has("ipv6only=off") && !strings.HasPrefix(other.host, "["):
			c.refuse(lint.AtWord(a.options.Directive, a.option), "ipv6only=off makes nginx bind "+a.key+" for IPv4, too, beside "+other.key+": it does not start (98: Address already in use)", other.listens[0], "bound as well")
			return
		case a.host != other.host && (other.host == "*" && !strings.HasPrefix(a.host, "[") || other.host == "[::]" && strings.HasPrefix(a.host, "[")):
			option := a.options.Words().At(a.option).Value
			c.refuse(lint.AtWord(a.options.Directive, a.option), option+" makes nginx bind "+a.key+" of its own, beside "+other.key+": it does not start (98: Address already in use)", other.listens[0], "without an option it would share this socket")
			return
		}
	}
}

// shareQueues reports whether the kernel takes two sockets of a port since both
// have reuseport.
func (*conflicts) shareQueues(a, b *socketAddress) bool {
	both := func(a *socketAddress) bool {
		return slices.ContainsFunc(a.listens, func(set model.Setting) bool { return set.Has("reuseport") })
	}
	return both(a) && both(b)
}
