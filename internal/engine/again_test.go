package engine_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	. "github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/workspace"
)

// variants are the texts that the files of a repository may have; "" is no file, and
// "-> x" a link.
var variants = map[string][]string{
	"edge/nginx.conf": {
		"events {}\nhttp { include conf.d/*.conf; include sites-enabled/*; }\n",
		"events {}\nhttp {\n    upstream app { server 10.0.0.1:80; keepalive 4; }\n    include conf.d/app.conf;\n}\n",
		"http { include conf.d/*.conf; include missing.conf; }\n",
		"events {", "", "server { location / { proxy_pass http://10.0.0.1; } }\n",
	},
	"edge/conf.d/app.conf": {
		"upstream app { server 10.0.0.1:80; keepalive 4; }\nserver { location / { proxy_pass http://app; } }\n",
		"server { location / { proxy_pass http://app; proxy_http_version 1.1; } }\n",
		"# tcplint:ignore nginx-proxy-http10 -- tried\nserver { location / { proxy_pass http://app; } }\n", "",
	},
	"edge/conf.d/more.conf":        {"server { listen 81; location /events { proxy_pass http://127.0.0.1:9; } }\n", "include ../snippets/tls.conf;\n", "", ""},
	"edge/conf.d/odd.conf.j2":      {"server { {% if x %}listen 80;{% endif %} location / { proxy_pass http://app; } }\n", "", ""},
	"edge/snippets/tls.conf":       {"ssl_session_cache shared:a:1m;\n", ""},
	"edge/sites-available/shop":    {"upstream shop { server localhost:8080; }\nserver { location / { proxy_pass http://shop; } }\n", "server { listen 80; }\n", ""},
	"edge/sites-enabled/shop":      {"-> ../sites-available/shop", "-> ../sites-available/gone", "server { listen 82; }\n", "", ""},
	"edge/sysctl.d/10-net.conf":    {"net.core.somaxconn = 128\n", "net.ipv4.tcp_tw_recycle = 1\n", "", "-> /dev/null"},
	"edge/sysctl.conf":             {"net.ipv4.tcp_fin_timeout = 5\n", "", ""},
	"back/nginx.conf":              {"events {}\nhttp { upstream b { server 10.0.0.2:80; } server { location / { proxy_pass http://b; } } }\n", "", ""},
	"back/deploy.yaml":             {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  nginx.conf: |\n    events {}\n    http { server { location / { proxy_pass http://10.1.1.1; } } }\n", "a: b\n", ""},
	".tcplint.toml":                {"", "", "[target]\nnginx = \"1.28.0\"\n", "[[host]]\nnginx = [\"back/nginx.conf\"]\nsysctl = [\"edge/sysctl.d/*.conf\"]\n", "[[ignore]]\npaths = [\"edge/conf.d/**\"]\nreason = \"old\"\n", "[target]\nnginks = 1\n", "[files]\nexclude = [\"back/\"]\n"},
	"edge/.tcplint.toml":           {"", "", "", "[rules]\nnginx-proxy-http10 = \"off\"\n"},
	".gitignore":                   {"", "", "sysctl.conf\n", "conf.d/\n"},
	"edge/new/deep/er/nginx.conf":  {"", "", "events {}\nhttp { include /etc/nginx/mime.types; }\n"},
	"notes.txt":                    {"nothing\n", "server { listen 80; location / { proxy_pass http://x; } }\n", ""},
	"etc/nginx/conf.d/rooted.conf": {"", "server { location / { proxy_pass http://10.0.0.9; } }\n"},
	"edge/conf.d/linked.conf":      {"", "", "-> ../../back/extra.conf"},
	"roles/web/templates/nginx.conf.j2": {
		"events {}\nhttp { upstream r { server 10.0.0.3:80; keepalive {{ idle }}; } server { listen 80 backlog={{ backlog | default(4096) }}; location / { proxy_pass http://r; } } }\n", "",
	},
	"roles/web/defaults/main.yml": {"idle: 8\n", "idle: 8\nbacklog: 9000\n", ""},
	"roles/web/tasks/main.yml":    {"- sysctl: {name: net.core.somaxconn, value: \"{{ backlog }}\"}\n", "- debug: {msg: a}\n"},
	"group_vars/all.yml":          {"", "", "idle: 16\n", "idle: 8\n"},
	"chart/Chart.yaml":            {"name: c\n", ""},
	"chart/values.yaml":           {"n: 4\n", "n: 5\n", ""},
	"chart/templates/a.yaml":      {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n  nginx.conf: |\n    events {}\n    http { upstream c { server 10.0.0.4:80; keepalive {{ .Values.n }}; } server { location / { proxy_pass http://c; } } }\n", ""},
	"back/extra.conf":             {"server { listen 83; location / { proxy_pass http://app; } }\n", "", "map $http_upgrade $up { default upgrade; }\n"},
}

// put gives a file of a map one of its texts.
func put(fsys fstest.MapFS, name, text string) {
	target, link := strings.CutPrefix(text, "-> ")
	switch {
	case text == "":
		delete(fsys, name)
	case link:
		fsys[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
	default:
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
}

// answer is all that is to be said of a workspace.
func answer(t *testing.T, ws *workspace.Workspace, failed error, o Options) string {
	t.Helper()
	var b bytes.Buffer
	for _, m := range ws.Messages() {
		fmt.Fprintln(&b, m.Level, m.Text)
	}
	if failed != nil {
		fmt.Fprintln(&b, "error:", failed)
		return b.String()
	}
	res, err := Check(t.Context(), ws, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range res.Messages {
		fmt.Fprintln(&b, m.Level, m.Text)
	}
	write, err := report.Lookup("json")
	if err != nil {
		t.Fatal(err)
	}
	if err := write(&b, res.Result, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := show.JSON(&b, Show(ws)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// seeds is the number of random scripts.
const seeds = 6

// TestAgain edits a repository at random, on disk and without saving, and holds what
// is said after each step against a workspace that is opened anew.
func TestAgain(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(variants))
	for seed := range uint64(seeds) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 11))
			fsys := fstest.MapFS{".git/HEAD": &fstest.MapFile{}}
			for _, name := range names {
				put(fsys, name, variants[name][0])
			}
			o := workspace.Options{Unsaved: map[string]string{}}
			switch seed % 3 {
			case 1:
				o.Paths = []string{"edge/conf.d/app.conf", "edge/sysctl.d/10-net.conf", "edge/sites-enabled/shop"}
			case 2:
				o.Dir, o.Paths = "edge", []string{".", "../back"}
			}
			ws, err := workspace.Open(fsys, o)
			if err != nil {
				t.Fatal(err)
			}
			cache := NewCache()
			for step := range 80 {
				var changes []workspace.Change
				var told []string
				for range 1 + r.IntN(2) {
					name := names[r.IntN(len(names))]
					path := "/" + name
					text := variants[name][r.IntN(len(variants[name]))]
					_, isLink := strings.CutPrefix(text, "-> ")
					switch n := r.IntN(4); {
					case n < 2 && !isLink:
						o.Unsaved[path] = text
						changes = append(changes, workspace.Edit(path, text))
						told = append(told, "edit "+name)
					case n == 2 && len(o.Unsaved) > 0:
						path = slices.Sorted(maps.Keys(o.Unsaved))[r.IntN(len(o.Unsaved))]
						delete(o.Unsaved, path)
						changes = append(changes, workspace.Close(path))
						told = append(told, "give up "+path)
					case n == 3 && r.IntN(8) == 0:
						// A folder is gone at once.
						dir, _, _ := strings.Cut(name, "/")
						maps.DeleteFunc(fsys, func(file string, _ *fstest.MapFile) bool { return strings.HasPrefix(file, dir+"/") && dir != ".git" })
						changes = append(changes, workspace.Reread("/"+dir))
						told = append(told, "delete "+dir)
					default:
						put(fsys, name, text)
						changes = append(changes, workspace.Reread(path))
						told = append(told, "write "+name)
					}
				}
				ws, err = ws.With(changes...)
				fresh, freshErr := workspace.Open(fsys, o)
				got, want := answer(t, ws, err, Options{Cache: cache}), answer(t, fresh, freshErr, Options{})
				if got != want {
					t.Fatalf("step %d (%s), unsaved %v (-opened anew +after the change):\n%s", step, strings.Join(told, ", "), slices.Sorted(maps.Keys(o.Unsaved)), cmp.Diff(want, got))
				}
			}
			all, judged := ws.Work(), cache.Judged()
			t.Logf("%d built, %d parsed, %d recognised, %d read, %d judged", all.Built.Load(), all.Parsed.Load(), all.Recognised.Load(), all.Read.Load(), judged)
		})
	}
}

// TestAgainWork counts what a keystroke costs in a repository of many hosts.
func TestAgainWork(t *testing.T) {
	t.Parallel()
	const hosts = 200
	texts := map[string]string{".git/HEAD": ""}
	for i := range hosts {
		texts[fmt.Sprintf("%d/nginx.conf", i)] = "events {}\nhttp { include conf.d/*.conf; }\n"
		texts[fmt.Sprintf("%d/conf.d/app.conf", i)] = "server { location / { proxy_pass http://10.0.0.1; } }\n"
	}
	ws, err := workspace.Open(workspace.Memory(texts), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cache := NewCache()
	check := func() (built, parsed, read, judged int64) {
		t.Helper()
		if _, err := Check(t.Context(), ws, Options{Cache: cache}); err != nil {
			t.Fatal(err)
		}
		w := ws.Work()
		return w.Built.Load(), w.Parsed.Load(), w.Read.Load(), int64(cache.Judged())
	}
	built, parsed, read, judged := check()
	if built < hosts || parsed < 2*hosts || judged < hosts {
		t.Errorf("at first %d built, %d parsed, %d judged of %d hosts", built, parsed, judged, hosts)
	}
	if ws, err = ws.With(workspace.Edit("7/conf.d/app.conf", "server { location / { proxy_pass http://10.0.0.2; } }\n")); err != nil {
		t.Fatal(err)
	}
	b, p, r, j := check()
	if b-built != 1 || p-parsed != 1 || r-read != 1 || j-judged != 1 {
		t.Errorf("a keystroke: %d built, %d parsed, %d read, %d judged; want 1 of each", b-built, p-parsed, r-read, j-judged)
	}
}

// TestMemoryAndDisk asks the same repository in memory and on disk.
func TestMemoryAndDisk(t *testing.T) {
	t.Parallel()
	texts := map[string]string{".git/HEAD": ""}
	for name, all := range variants {
		if !strings.HasPrefix(all[0], "-> ") && all[0] != "" {
			texts[name] = all[0]
		}
	}
	dir := t.TempDir()
	for name, text := range texts {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	disk, ok := root.FS().(workspace.FS)
	if !ok {
		t.Fatal("the file system of a root has no links")
	}
	var answers []string
	for _, fsys := range []workspace.FS{workspace.Memory(texts), disk} {
		ws, err := workspace.Open(fsys, workspace.Options{})
		answers = append(answers, answer(t, ws, err, Options{}))
	}
	if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
		t.Errorf("-memory +disk:\n%s", diff)
	}
}
