package service_test

import (
	"path"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// TestServer looks which nginx reads proxy/nginx.conf: in words, empty where nobody
// can tell.
func TestServer(t *testing.T) {
	const mounted = "volumes: [\"./proxy/nginx.conf:/etc/nginx/nginx.conf:ro\"]"
	for _, tc := range []struct{ name, files, want, at string }{
		{"a release", "services:\n  edge:\n    image: nginx:1.27.4-alpine\n    " + mounted, "nginx 1.27.4", "3:12"},
		{"a series, whose tag moves", "services:\n  edge:\n    image: docker.io/library/nginx:1.26\n    " + mounted, "nginx 1.26 to before 1.27", "3:12"},
		{"without root", "services:\n  edge:\n    image: nginxinc/nginx-unprivileged:1.25.3\n    " + mounted, "nginx 1.25.3", "3:12"},
		{"a relative", "services:\n  edge:\n    image: openresty/openresty:1.25.3.1-0-alpine\n    " + mounted, "OpenResty 1.25.3", "3:12"},
		{"a tag that moves on", "services:\n  edge:\n    image: nginx:stable-alpine\n    " + mounted, "", ""},
		{"no tag", "services:\n  edge:\n    image: nginx\n    " + mounted, "", ""},
		{"only the first number", "services:\n  edge:\n    image: nginx:1\n    " + mounted, "", ""},
		{"a tag from the environment", "services:\n  edge:\n    image: nginx:${TAG:-1.27.4}\n    " + mounted, "", ""},
		{"numbered otherwise", "services:\n  edge:\n    image: example.org/nginx-plus:31.2\n    " + mounted, "", ""},
		{"not read by nginx", "services:\n  web:\n    image: node:20.1\n    " + mounted, "", ""},
		{"held by nginx, and not its configuration", "services:\n  edge:\n    image: nginx:1.27.4\n    volumes: [\"./proxy:/usr/share/site\"]", "", ""},
		{"of two, from the first to the last", "services:\n  a:\n    image: nginx:1.29.1\n    " + mounted + "\n  b:\n    image: nginx:1.27.4\n    " + mounted, "nginx 1.27.4 to before 1.29.2", "3:12"},
		{"of two, one is not known", "services:\n  a:\n    image: nginx:1.27.4\n    " + mounted + "\n  b:\n    image: nginx:latest\n    " + mounted, "", ""},
		{"of two servers", "services:\n  a:\n    image: nginx:1.27.4\n    " + mounted + "\n  b:\n    image: openresty/openresty:1.27.1.2\n    " + mounted, "", ""},
		{"built", "services:\n  edge:\n    build: proxy\n-- proxy/Dockerfile --\nFROM nginx:1.24.0\nCOPY nginx.conf /etc/nginx/nginx.conf\n", "nginx 1.24", "proxy/Dockerfile:1:1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := map[string]*source.File{"proxy/nginx.conf": source.NewFile("proxy/nginx.conf", "events {}\n")}
			for _, f := range txtar.Parse([]byte("-- compose.yaml --\n" + tc.files + "\n")).Files {
				files[f.Name] = source.NewFile(f.Name, string(f.Data))
			}
			var all []*source.File
			for _, f := range files {
				all = append(all, f)
			}
			inv := service.Read(all, func(name string) *source.File { return files[path.Clean(name)] })
			got := inv.Server(files["proxy/nginx.conf"])
			if !got.Known() {
				if tc.want != "" {
					t.Fatalf("not known, want %s", tc.want)
				}
				return
			}
			if words := got.Value.In.Describe(got.Value.Flavour.Title); words != tc.want {
				t.Errorf("got %q, want %q", words, tc.want)
			}
			want := tc.at
			if path.Dir(want) == "." && tc.at != "" && want[0] <= '9' {
				want = "compose.yaml:" + tc.at
			}
			if at := got.At.String(); at != want {
				t.Errorf("told by %s, want %s", at, want)
			}
		})
	}
}
