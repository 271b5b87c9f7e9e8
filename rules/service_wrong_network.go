package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var serviceWrongNetwork = lint.Rule{
	ID:       "service-wrong-network",
	Title:    "the address leads to another network than the one in which the backend listens",
	Severity: lint.Error,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `A container has a loopback interface of its own: "localhost" and 127.0.0.1 in the nginx.conf of a container are that container, and nothing but nginx listens there. Every request ends in 502, "connect() failed (111: Connection refused)", with one line for [::1] and one for 127.0.0.1. The same holds for a port that Compose publishes on the machine: between containers it is the backend's own port that counts.

tcplint knows which container runs an nginx.conf from the Compose file that mounts it, or from the Dockerfile that copies it. It speaks only if that container runs nginx and nothing else, has a network of its own ("network_mode: host" and "service:..." have not), and exactly one other service is known to have the port.

The patch writes the name of the service, which Docker's DNS resolves in the networks of the project.`,
	Refs: []string{
		"https://docs.docker.com/compose/how-tos/networking/",
		"https://docs.docker.com/engine/network/",
	},
	Examples: []lint.Example{
		{
			Name: "localhost is nginx's own container",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location /api/ {
            proxy_set_header Host $host;
            proxy_pass http://localhost:3000;
                      #^^^^^^^^^^^^^^^^^^^^^ "localhost" is the container of service "frontend" itself, which runs nothing but nginx: port 3000 is that of service "backend"
        }
    }
}
-- compose.yaml --
services:
  frontend:
    image: nginx:1.27-alpine
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  backend:
    build: ./backend
    expose: ["3000"]
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        location /api/ {
            proxy_set_header Host $host;
            proxy_pass http://backend:3000;
        }
    }
}
`,
		},
		{
			Name: "the port that is published",
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server app:8081;
              #^^^^^^^^ service "app" listens on port 8000: 8081 is where it is published on the machine
        keepalive 8;
        keepalive_timeout 1s;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  app:
    image: example.org/app
    command: gunicorn --bind 0.0.0.0:8000 app:app
    ports: ["8081:8000"]
`,
			Good: `-- nginx.conf --
events {}
http {
    upstream app {
        server app:8000;
        keepalive 8;
        keepalive_timeout 1s;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name: "the backend listens for itself alone",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://app:8000;
                      #^^^^^^^^^^^^^^^ service "app" listens on the loopback address of its own container only: nobody else reaches port 8000
        }
    }
}
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  app:
    image: example.org/app
    command: uvicorn --host 127.0.0.1 --port 8000 app:app
`,
			Good: `-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  app:
    image: example.org/app
    command: uvicorn --host 0.0.0.0 --port 8000 app:app
`,
		},
		{
			Name: "silent: the machine's network, a shared one, a container that runs more",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://127.0.0.1:3000;
        }
    }
}
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    network_mode: host
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  app:
    image: example.org/app
    expose: ["3000"]
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			for _, l := range p.Host.Backend(u).Links {
				if l.Unreachable != nil {
					wrongNetwork(p, l, l.Server, nil)
				}
			}
		}
		for _, pass := range p.Host.Nginx.Passes() {
			if pass.Target.Upstream != nil {
				continue
			}
			for _, l := range pass.Backend().Links {
				if l.Unreachable != nil {
					wrongNetwork(p, l, pass.Setting, pass)
				}
			}
		}
	},
}

var _ = add(&serviceWrongNetwork)

// wrongNetwork reports one address, that of a server of an upstream or of a pass.
func wrongNetwork(p *lint.Pass, l model.Linked, set model.Setting, pass *model.Pass) {
	s := l.Unreachable
	f := lint.Finding{At: lint.AtWord(set.Directive, 1)}
	host, port := l.Asked.Host, l.Asked.Port
	if l.Inward {
		f.Msg = fmt.Sprintf("%s listens on the loopback address of its own container only: nobody else reaches port %d", s.Title(), port)
		f.Notes = []lint.Note{{Msg: "let it listen on all addresses", At: lint.Place(s.Listens[0].At)}}
		p.Report(f)
		return
	}
	want := s.Name + ":" + strconv.Itoa(port)
	if inner := s.Inner(port); inner != 0 && !l.Loopback {
		want = s.Name + ":" + strconv.Itoa(inner)
		f.Msg = fmt.Sprintf("%s listens on port %d: %d is where it is published on the machine", s.Title(), inner, port)
	} else {
		at := p.Host.Runs()
		if at == nil {
			return
		}
		f.Msg = fmt.Sprintf("%q is the container of %s itself, which runs nothing but nginx: port %d is that of %s", host, at.Title(), port, s.Title())
		f.Notes = append(f.Notes, lint.Note{Msg: "the container of this nginx", At: lint.Place(at.At)})
	}
	f.Notes = append(f.Notes, lint.Note{Msg: "the backend", At: lint.Place(s.At)})
	f.Fix = &lint.Fix{Title: "write " + want, Safety: lint.Unsafe}
	value := want
	if pass != nil {
		value = replaceAddress(pass, want)
		f.Fix.Changes = []string{pass.Name(), "host"}
		f.Fix.Scopes = []*model.Scope{pass.Scope}
		f.Fix.Leads = []string{"nginx-upstream-stale-dns", "nginx-host-header-upstream-name"}
	} else {
		f.Fix.Leads = []string{"nginx-upstream-stale-dns"}
	}
	if value == set.Arg(0) {
		f.Fix = nil
	} else {
		f.Fix.Edits = setArg(set.Directive, 0, value)
	}
	p.Report(f)
}

// replaceAddress is the argument of a pass with another host and port.
func replaceAddress(pass *model.Pass, want string) string {
	t := pass.Target
	if pass.Protocol == "proxy" || t.Scheme != pass.Protocol {
		return t.Scheme + "://" + want + t.URI
	}
	return want + t.URI
}
