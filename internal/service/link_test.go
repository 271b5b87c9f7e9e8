package service_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// links are repositories, and where addresses of nginx's lead in them: to a service
// by its title and the line it begins on, to "none", to "two" that may be meant, or
// "not" where a service is known to be out of reach.
var links = []struct {
	name, files string
	config      string // the file of nginx's that asks
	asks        []string
}{
	{
		name: "Compose: the name of a service, in the project of this nginx only", config: "a/nginx.conf",
		files: `
-- a/compose.yaml --
services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
  api:
    image: example.org/api
    container_name: shop-api
    command: gunicorn -b 0.0.0.0:8000 app:app
    networks: {back: {aliases: [backend]}}
  web:
    image: example.org/web
-- b/compose.yaml --
services:
  other:
    image: example.org/api
    command: gunicorn -b 0.0.0.0:8000 app:app
`,
		asks: []string{
			`http api:8000 = service "api"`, `http shop-api:8000 = service "api"`, `http BACKEND:8000 = service "api"`,
			"http api:9000 = none", "http other:8000 = none", `http web:3000 = service "web"`, "fastcgi api:8000 = none",
			"http 127.0.0.1:8000 = not service \"api\"", "http 127.0.0.1:5000 = none", "http 10.0.0.5:8000 = none", "http example.org:80 = none",
		},
	},
	{
		name: "Compose: files that add to services of another one, which has no usual name", config: "lib/nginx.conf",
		files: `
-- lib/compose.base.yml --
services:
  wiki: {image: example.org/wiki}
-- lib/compose.tls.yml --
services:
  wiki: {environment: {TLS: "yes"}}
  proxy: {image: "nginx:1.27"}
-- lib/compose.mail.yml --
services:
  wiki: {depends_on: [mail]}
  mail: {image: example.org/mail}
-- two/compose.a.yml --
services:
  board: {image: example.org/a}
-- two/compose.b.yml --
services:
  board: {image: example.org/b}
`,
		asks: []string{`http wiki:80 = service "wiki"`, "http board:80 = two"},
	},
	{
		name: "two files of Puma, of which it reads one", config: "nginx.conf",
		files: `
-- config/puma.rb --
port 3001
persistent_timeout 5
-- config/puma/production.rb --
bind "unix:///run/shop.sock"
-- other/config/puma.rb --
port 3002
-- alike/config/puma.rb --
port 3003
-- alike/config/puma/production.rb --
port 3003
`,
		asks: []string{"http 127.0.0.1:3001 = two", "http unix:/run/shop.sock = two", "http 127.0.0.1:3002 = puma", "http 127.0.0.1:3003 = puma"},
	},
	{
		name: "quadlets: nginx on the machine", config: "etc/nginx.conf",
		files: `
-- api.container --
[Container]
Image=example.org/api
Exec=gunicorn -b :8000 app:app
PublishPort=127.0.0.1:8080:8000
-- etc/unit.service --
[Service]
ExecStart=/usr/sbin/nginx
`,
		asks: []string{`http 127.0.0.1:8080 = container "api"`, "http 127.0.0.1:8000 = none", "http systemd-api:8080 = none"},
	},
	{
		name: "quadlets: nginx in a container of the same network", config: "web/nginx.conf",
		files: `
-- web/api.container --
[Container]
Image=example.org/api
ContainerName=api
Exec=gunicorn -b :8000 app:app
Network=back.network
-- web/other.container --
[Container]
Image=example.org/other
ContainerName=other
Exec=gunicorn -b :8000 other:app
-- web/proxy.container --
[Container]
Image=docker.io/library/nginx:1.28
Volume=./nginx.conf:/etc/nginx/nginx.conf:ro,Z
Network=back.network
`,
		asks: []string{`http api:8000 = container "api"`, "http other:8000 = none", "http 127.0.0.1:8000 = none"},
	},
	{
		name: "Compose: a program of Go that has a listener for debugging", config: "nginx.conf",
		files: `
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
  shop: {image: "golang:1.26", working_dir: /srv, volumes: [".:/srv"], command: go run ./shop}
  desk: {image: "golang:1.26", working_dir: /srv, volumes: [".:/srv"], command: go run ./desk}
-- shop/main.go --
package main

import "net/http"

func main() { go http.ListenAndServe("localhost:6060", nil); serve() }
-- desk/main.go --
package main

import "net/http"

func main() { http.ListenAndServe(":8080", nil) }
`,
		asks: []string{`http shop:8080 = service "shop"`, `http desk:8080 = service "desk"`, "http desk:8081 = none"},
	},
	{
		name: "Compose: nginx and what it asks in one container", config: "nginx.conf",
		files: `
-- compose.yaml --
services:
  all:
    image: example.org/all
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
    command: supervisord -n
  other: {image: example.org/other, expose: ["8000"]}
`,
		asks: []string{"http 127.0.0.1:8000 = none", `http other:8000 = service "other"`},
	},
	{
		name: "Compose: a script that starts nginx beside its backend", config: "nginx.conf",
		files: `
-- compose.yaml --
services:
  all:
    image: nginx:1.28
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
    command: sh -c "nginx && exec gunicorn -b 127.0.0.1:8000 all:app"
  other: {image: example.org/other, command: "gunicorn -b :8000 o:app"}
`,
		asks: []string{"http 127.0.0.1:8000 = none", `http other:8000 = service "other"`},
	},
	{
		name: "Compose: nginx and what supervisord starts beside it", config: "deploy/nginx.conf",
		files: `
-- compose.yaml --
services:
  all: {build: .}
  other: {image: example.org/other, expose: ["8000"]}
-- Dockerfile --
FROM python:3.13
COPY deploy/nginx.conf /etc/nginx/nginx.conf
COPY deploy/supervisord.conf /etc/supervisord.conf
CMD ["supervisord", "-n"]
-- deploy/supervisord.conf --
[program:nginx]
command=nginx -g "daemon off;"
[program:web]
command=gunicorn --bind 127.0.0.1:8000 web:app
`,
		asks: []string{"http 127.0.0.1:8000 = gunicorn", `http other:8000 = service "other"`, "http 127.0.0.1:8001 = none"},
	},
	{
		name: "/var/run is /run", config: "nginx.conf",
		files: `
-- fpm/pool.d/a.conf --
[a]
listen = /run/php/a.sock
pm.max_children = 5
`,
		asks: []string{"fastcgi unix:/var/run/php/a.sock = php-fpm", "fastcgi unix:/var/run/php/b.sock = none"},
	},
	{
		name: "Compose: nobody knows which container this nginx is", config: "conf/nginx.conf",
		files: `
-- compose.yaml --
services:
  nginx: {image: "nginx:1.27"}
  api: {image: example.org/api, command: "gunicorn -w 1 -b :8000 app:app"}
-- compose.dev.yaml --
services:
  dev: {image: example.org/api, command: "gunicorn -b :8001 app:app", ports: ["9001:8001"]}
`,
		asks: []string{`http api:8000 = service "api"`, `http 127.0.0.1:9001 = service "dev"`, "http 127.0.0.1:8001 = none", "http localhost:8000 = none"},
	},
	{
		name: "two files have the name, and differ", config: "nginx.conf",
		files: `
-- compose.yaml --
services:
  api: {image: example.org/api, command: "gunicorn -b :8000 app:app"}
-- compose.prod.yaml --
services:
  api: {image: example.org/api, command: "gunicorn -k gevent -b :8000 app:app"}
`,
		asks: []string{"http api:8000 = two"},
	},
	{
		name: "two files have the name, and say the same; the nearer one counts", config: "deploy/nginx.conf",
		files: `
-- deploy/compose.yaml --
services:
  api: {image: example.org/api, command: "gunicorn -b :8000 app:app"}
-- deploy/compose.prod.yaml --
services:
  api: {image: example.org/api, command: "gunicorn -b :8000 app:app"}
-- examples/compose.yaml --
services:
  api: {image: example.org/api, command: "gunicorn -k gevent -b :8000 app:app"}
`,
		asks: []string{`http api:8000 = service "api"`},
	},
	{
		name: "the machine's network, and one that is shared", config: "nginx.conf",
		files: `
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    network_mode: service:app
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
  app:
    image: example.org/app
    command: uvicorn --port 3000 app:app
`,
		asks: []string{`http 127.0.0.1:3000 = service "app"`, "http 127.0.0.1:3001 = none"},
	},
	{
		name: "one machine: units, a unix socket, a port", config: "etc/nginx/nginx.conf",
		files: `
-- etc/systemd/a.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8001 a:app
-- etc/systemd/b.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind unix:/run/b.sock b:app
-- etc/systemd/c.service --
[Service]
ExecStart=/usr/bin/gunicorn c:app
-- etc/php/pool.d/www.conf --
[www]
listen = 9000
pm.max_children = 5
`,
		asks: []string{
			"http 127.0.0.1:8001 = unit a.service", "http [::1]:8001 = unit a.service", "http unix:/run/b.sock = unit b.service",
			"http 127.0.0.1:8000 = none", "fastcgi 127.0.0.1:9000 = php-fpm", "http 127.0.0.1:9000 = none", "fastcgi 10.0.0.9:9000 = php-fpm",
			"fastcgi 10.0.0.9:9001 = none", "http 10.0.0.9:8001 = none", "http unix:/run/c.sock = none",
		},
	},
	{
		name: "two programs on one port", config: "nginx.conf",
		files: `
-- a/Procfile --
web: gunicorn --bind 127.0.0.1:8001 a:app
-- b/Procfile --
web: uvicorn --port 8001 b:app
`,
		asks: []string{"http 127.0.0.1:8001 = two"},
	},
	{
		name: "a Compose project beside manifests of the same names", config: "nginx.conf",
		files: `
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
  web:
    image: example.org/web
-- k8s.yaml --
apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  selector: {app: api}
  ports: [{port: 8000}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: app, image: example.org/api, args: [gunicorn, -b, ":8000", "app:app"]}]
`,
		asks: []string{"http api:8000 = none", `http web:80 = service "web"`},
	},
	{
		name: "Kubernetes: examples that use the same names", config: "lessons/2/nginx.yaml",
		files: `
-- lessons/1/service.yaml --
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {selector: {app: shop}, ports: [{port: 80}]}
-- lessons/2/deployment.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: web}
spec:
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: second, image: example.org/shop, ports: [{containerPort: 80}]}]
-- lessons/3/service.yaml --
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {selector: {app: shop}, ports: [{port: 80}]}
-- lessons/3/deployment.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: web}
spec:
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: third, image: example.org/shop, ports: [{containerPort: 80}]}]
-- lessons/4/base/service.yaml --
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {selector: {app: shop}, ports: [{port: 80}]}
-- lessons/4/app/deployment.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: web}
spec:
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: fourth, image: example.org/shop, ports: [{containerPort: 80}]}]
`,
		asks: []string{"http shop.web.svc:80 = two"},
	},
	{
		name: "Kubernetes: a Service of another example", config: "lessons/2/nginx.yaml",
		files: `
-- lessons/1/service.yaml --
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {selector: {app: shop}, ports: [{port: 80}]}
-- lessons/2/deployment.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: web}
spec:
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: second, image: example.org/shop, ports: [{containerPort: 80}]}]
-- lessons/3/service.yaml --
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {selector: {app: shop}, ports: [{port: 80}]}
`,
		asks: []string{"http shop.web.svc:80 = none"},
	},
	{
		name: "Kubernetes: the example that lies beside the nginx", config: "lessons/4/nginx.yaml",
		files: `
-- lessons/3/service.yaml --
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {selector: {app: shop}, ports: [{port: 80}]}
-- lessons/3/deployment.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: web}
spec:
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: third, image: example.org/shop, ports: [{containerPort: 80}]}]
-- lessons/4/base/service.yaml --
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {selector: {app: shop}, ports: [{port: 80}]}
-- lessons/4/app/deployment.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: web}
spec:
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: fourth, image: example.org/shop, ports: [{containerPort: 80}]}]
`,
		asks: []string{`http shop.web.svc:80 = container "fourth"`},
	},
	{
		name: "Kubernetes: a Service in all lengths of its name, then the selector, then the container", config: "k8s/nginx.yaml",
		files: `
-- k8s/app.yaml --
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  selector: {app: api}
  ports: [{port: 80, targetPort: http}, {port: 81, targetPort: 9999}]
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: shop}
spec: {type: ExternalName, externalName: example.org}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: app
          image: example.org/api
          args: [gunicorn, --bind, "0.0.0.0:8000", "app:app"]
          ports: [{name: http, containerPort: 8000}]
        - name: side
          image: example.org/side
          ports: [{containerPort: 9000}]
-- k8s/nginx.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: shop}
data: {default.conf: ""}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: nginx, namespace: shop}
spec:
  template:
    spec:
      containers:
        - name: nginx
          image: nginx:1.27
          volumeMounts: [{name: conf, mountPath: /etc/nginx/conf.d}]
        - name: php
          image: php:8.3-fpm
      volumes: [{name: conf, configMap: {name: conf}}]
`,
		asks: []string{
			`http api:80 = container "app"`, `http api.shop:80 = container "app"`, `http api.shop.svc:80 = container "app"`,
			`http api.shop.svc.cluster.local:80 = container "app"`, "http api.other.svc:80 = none", "http api:8000 = none", "http api:81 = none",
			"http outside:80 = none", `fastcgi 127.0.0.1:9000 = container "php"`, "http 127.0.0.1:8000 = none",
		},
	},
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, test := range links {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var files []*source.File
			for _, f := range txtar.Parse([]byte(test.files)).Files {
				files = append(files, source.NewFile(f.Name, string(f.Data)))
			}
			inv := service.Read(files, nil)
			for _, ask := range test.asks {
				question, want, _ := strings.Cut(ask, " = ")
				protocol, address, _ := strings.Cut(question, " ")
				q := service.Query{Config: source.NewFile(test.config, ""), Protocol: protocol}
				if unix, ok := strings.CutPrefix(address, "unix:"); ok {
					q.Unix = unix
				} else {
					host, port, err := net.SplitHostPort(address)
					if err != nil {
						t.Fatal(err)
					}
					q.Host = host
					if q.Port, err = strconv.Atoi(port); err != nil {
						t.Fatal(err)
					}
				}
				l := inv.Find(q)
				got := "none"
				switch {
				case l.Service != nil:
					got = l.Service.Title()
				case l.Unreachable != nil:
					got = "not " + l.Unreachable.Title()
				case len(l.Candidates) > 0:
					got = "two"
				}
				if got != want {
					t.Errorf("%s leads to %s, want %s", question, got, want)
				}
			}
		})
	}
}
