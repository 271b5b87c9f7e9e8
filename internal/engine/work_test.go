package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
)

// each returns a text for each number below n, one after the other.
func each(n int, text func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(text(i))
	}
	return b.String()
}

func nginxFile(inner string) map[string]string {
	return map[string]string{"nginx.conf": "events {}\nhttp {\n" + inner + "}\n"}
}

func sysctlFile(text string) map[string]string { return map[string]string{"sysctl.conf": text} }

// shapes are repositories that are made hard to judge, with n parts. What is found
// inside of files of other kinds has shapes of its own, in parser/embed.
var shapes = map[string]func(n int) map[string]string{
	"locations in locations": func(n int) map[string]string {
		return nginxFile("server { " + strings.Repeat("location / { ", n) + "proxy_pass http://localhost:1;" + strings.Repeat("}", n) + "}\n")
	},
	"templates of a role, and groups that set its variables": func(n int) map[string]string {
		files := map[string]string{"roles/a/defaults/main.yml": "idle: 8\n", "roles/a/tasks/main.yml": "- debug: {msg: a}\n"}
		for i := range min(n, 200) {
			files[fmt.Sprintf("roles/a/templates/n%d.conf.j2", i)] = fmt.Sprintf("upstream u%d { server 10.0.0.1:80; keepalive {{ idle }}; }\n", i)
			files[fmt.Sprintf("group_vars/g%d.yml", i)] = strings.Repeat(fmt.Sprintf("v%d: 1\n", i), max(1, n/200))
		}
		return files
	},
	"charts, and files that install others": func(n int) map[string]string {
		files := map[string]string{}
		for i := range min(n, 100) {
			chart := fmt.Sprintf("c/%d/", i)
			files[chart+"Chart.yaml"] = fmt.Sprintf("name: c%d\n", i)
			files[chart+"values.yaml"] = "n: 4\n"
			files[chart+"templates/a.yaml"] = "kind: ConfigMap\nmetadata: {name: a}\ndata:\n  nginx.conf: |\n    events {}\n    http { keepalive_timeout {{ .Values.n }}; }\n"
			files[fmt.Sprintf("deploy/%d.yaml", i)] = "kind: HelmRelease\nspec: {chart: other}\n" + strings.Repeat("# more\n", max(1, n/100))
		}
		return files
	},
	"braces that do not fit": func(n int) map[string]string {
		return nginxFile(strings.Repeat("}", n) + strings.Repeat("{", n) + "\"")
	},
	"one include again": func(n int) map[string]string {
		files := nginxFile("server { listen 80; location / {" + strings.Repeat("include a.conf;\n", n) + "} }\n")
		files["a.conf"] = "proxy_set_header A b;\n"
		return files
	},
	"globs over many files": func(n int) map[string]string {
		files := nginxFile(strings.Repeat("include c/*.conf;\n", 3))
		for i := range n {
			files[fmt.Sprintf("c/%d.conf", i)] = fmt.Sprintf("server { listen 80; server_name s%d; location / { proxy_pass http://127.0.0.1:80; } }\n", i)
		}
		return files
	},
	"includes in a circle through globs": func(n int) map[string]string {
		files := nginxFile("include c/*.conf;\n")
		for i := range n {
			files[fmt.Sprintf("c/%d.conf", i)] = "include c/*.conf;\nserver { listen 80; }\n"
		}
		return files
	},
	"servers that pass to addresses they listen on": func(n int) map[string]string {
		return nginxFile(each(n, func(i int) string {
			return fmt.Sprintf("server { listen 127.0.0.1:%d; location / { proxy_pass http://127.0.0.1:%d; } }\n", i%60000+1, (i+1)%60000+1)
		}))
	},
	"addresses of one port": func(n int) map[string]string {
		return nginxFile(each(n, func(i int) string {
			return fmt.Sprintf("server { listen 10.%d.%d.%d:80 backlog=600; }\n", i>>16&255, i>>8&255, i&255)
		}))
	},
	"upstreams": func(n int) map[string]string {
		return nginxFile(each(n, func(i int) string {
			return fmt.Sprintf("upstream u%d { server localhost:%d; }\nserver { listen %d; location / { proxy_pass http://u%d; } }\n", i, i%60000+1, i%60000+1, i)
		}))
	},
	"one upstream of many": func(n int) map[string]string {
		return nginxFile("upstream u {\n" + each(n, func(i int) string {
			return fmt.Sprintf("server 10.%d.%d.%d:80;\n", i>>16&255, i>>8&255, i&255)
		}) + "}\nserver { location / { proxy_pass http://u; } }\n")
	},
	"a chain of maps": func(n int) map[string]string {
		return nginxFile("map $http_upgrade $c0 { default upgrade; '' close; }\n" +
			each(n, func(i int) string { return fmt.Sprintf("map $a $c%d { default $c%d; x $c%d; }\n", i+1, i, i) }) +
			fmt.Sprintf("server { location / { proxy_pass http://127.0.0.1; proxy_set_header Connection $c%d; } }\n", n))
	},
	"a chain of variables": func(n int) map[string]string {
		return nginxFile("server { location / {\n" + each(n, func(i int) string { return fmt.Sprintf("set $v%d $v%d;\n", i+1, i) }) + fmt.Sprintf("proxy_pass http://$v%d; } }\n", n))
	},
	"headers lost in many places": func(n int) map[string]string {
		return nginxFile(each(n, func(i int) string { return fmt.Sprintf("proxy_set_header X-%d $host;\n", i) }) + "server {\n" +
			each(n, func(i int) string {
				return fmt.Sprintf("location /a%d { proxy_set_header Z z; proxy_pass http://127.0.0.1:80; }\n", i)
			}) + "}\n")
	},
	"one line": func(n int) map[string]string {
		return nginxFile(each(n, func(i int) string {
			return fmt.Sprintf("server { listen 80; location /l%d { proxy_pass http://localhost:%d; } } ", i, i%6000+1)
		}))
	},
	"findings that are silenced": func(n int) map[string]string {
		return nginxFile(strings.Repeat("# tcplint:ignore nginx-upstream-localhost -- r\nserver { location / { proxy_pass http://localhost:1; } }\n", n))
	},
	"branches of a template": func(n int) map[string]string {
		return map[string]string{"nginx.conf.j2": "events {}\nhttp {\n" + each(n, func(i int) string {
			return fmt.Sprintf("{%% if a%d %%}\nupstream u%d { server localhost:1; }\n{%% elif b%d %%}\nupstream u%d { server localhost:2; }\n{%% endif %%}\n", i, i, i, i)
		}) + "server { location / { proxy_pass http://u1; } }\n}\n"}
	},
	"settings of interfaces": func(n int) map[string]string {
		return sysctlFile(each(n, func(i int) string { return fmt.Sprintf("net.ipv4.conf.eth%d.rp_filter = 1\n", i) }))
	},
	"one setting again": func(n int) map[string]string {
		return sysctlFile(each(n, func(i int) string { return fmt.Sprintf("net.ipv4.tcp_tw_reuse = %d\n", i%2) }))
	},
	"wildcards over interfaces": func(n int) map[string]string {
		return sysctlFile(each(n, func(i int) string {
			return fmt.Sprintf("net.ipv4.conf.*%d.rp_filter = %d\n-net.ipv4.conf.e%d.rp_filter\nnet.ipv6.conf.e%d.disable_ipv6 = 1\n", i, i%2, i, i)
		}))
	},
	"files of settings": func(n int) map[string]string {
		files := map[string]string{}
		for i := range n {
			files[fmt.Sprintf("sysctl.d/%d.conf", i)] = fmt.Sprintf("net.ipv4.tcp_tw_recycle = 1\nnet.core.somaxconn = %d\n", i)
		}
		return files
	},
	"ports that are reserved": func(n int) map[string]string {
		ports := each(n, func(i int) string { return fmt.Sprintf(",%d", i%60000+1024) })
		files := nginxFile(each(n, func(i int) string { return fmt.Sprintf("server { listen %d; }\n", i%60000+1024) }))
		files["sysctl.conf"] = "net.ipv4.ip_local_port_range = 1024 65535\nnet.ipv4.ip_local_reserved_ports = " + ports[1:] + "\n"
		return files
	},
	"tasks with loops": func(n int) map[string]string {
		return map[string]string{"play.yml": "- hosts: all\n  tasks:\n" + each(n, func(i int) string {
			return fmt.Sprintf("  - name: t%d\n    sysctl:\n      name: \"{{ item.n }}\"\n      value: \"{{ item.v }}\"\n    loop:\n      - {n: net.ipv4.tcp_tw_recycle, v: 1}\n      - {n: net.core.somaxconn, v: %d}\n", i, i)
		})}
	},
	"one long loop": func(n int) map[string]string {
		return map[string]string{"play.yml": "- hosts: all\n  tasks:\n  - name: t\n    sysctl: {name: \"{{ item.n }}\", value: \"{{ item.v }}\"}\n    loop:\n" +
			each(n, func(i int) string { return fmt.Sprintf("      - {n: net.ipv4.conf.e%d.rp_filter, v: 1}\n", i) })}
	},
	"one line of JSON": func(n int) map[string]string {
		return map[string]string{"a.json": `{"apiVersion": "v1", "kind": "ConfigMap", "data": {` + each(n, func(i int) string {
			return fmt.Sprintf(`"a%d.conf": "server { listen %d; location / { proxy_pass http://localhost:1; } }\n", `, i, i%60000+1)
		}) + `"z": "nginx"}}`}
	},
	"one text in double quotes": func(n int) map[string]string {
		return map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: \"events {} http { " +
			strings.Repeat("server { listen 80; location / { proxy_pass http://localhost:1; } } \\n ", n) + "}\"\n"}
	},
	"patterns to ignore": func(n int) map[string]string {
		files := map[string]string{".gitignore": each(n, func(i int) string { return fmt.Sprintf("**/a%d/**/b*%d/\n", i, i) })}
		for i := range 20 {
			files[fmt.Sprintf("d%d/nginx.conf", i)] = "events {}\n"
		}
		return files
	},
}

// sized returns a shape with about so many bytes.
func sized(shape func(int) map[string]string, size int) map[string]string {
	fits := func(n int) bool {
		all := 0
		for _, text := range shape(n) {
			all += len(text)
		}
		return all <= size
	}
	hi := 2
	for fits(hi) {
		hi *= 2
	}
	lo := hi / 2
	for lo+1 < hi {
		if mid := (lo + hi) / 2; fits(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return shape(lo)
}

// allocated returns the bytes that are allocated while a repository is checked.
func allocated(t *testing.T, files map[string]string) uint64 {
	t.Helper()
	files[".git/HEAD"] = ""
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ws, err := workspace.Open(workspace.Memory(files), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Check(context.Background(), ws, engine.Options{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestWorkIsBounded checks 16 and 64 KB of every shape: it takes no more than 100 MB in
// all, what is freed on the way included, and four times the text costs hardly more than
// four times as much. The gate runs it without the race detector, too.
func TestWorkIsBounded(t *testing.T) { //nolint:paralleltest // others would allocate as well
	allocated(t, nginxFile("server { location / { proxy_pass http://localhost; } }\n")) // what is made once
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			small, large := allocated(t, sized(shape, 16<<10)), allocated(t, sized(shape, 64<<10))
			const most, slack = 100 << 20, 2 << 20
			if large > most && !raced {
				t.Errorf("64 KB take %d MB", large>>20)
			}
			if large > 7*small+slack {
				t.Errorf("16 KB take %d KB, 64 KB take %d KB", small>>10, large>>10)
			}
		})
	}
}
