package collect

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/snapshot"
)

// plantedHost is a host below a folder, with a secret wherever people and programs
// leave one.
func plantedHost(t *testing.T) (root string, canaries []string) {
	t.Helper()
	root = t.TempDir()
	// Each canary is of its own, so that a report names the place that leaks.
	n := 0
	mark := regexp.MustCompile(`canary[0-9a-z-]*|CANARY`)
	plant := func(name, text string) {
		text = mark.ReplaceAllStringFunc(text, func(word string) string {
			if strings.HasPrefix(word, "canary25") && strings.Contains(word, "is") {
				return word
			}
			n++
			c := fmt.Sprintf("Zq%dxKv%d/+%dTw", n*7919, n, n*31)
			canaries = append(canaries, c)
			return c
		})
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := strings.ReplaceAll(secretConfig, "canary25_is_no_directive", "something_unknown")
	plant("etc/nginx/nginx.conf", "include /etc/nginx/secrets.env;\n"+strings.Replace(config, "http {", "http {\n include conf.d/*.conf; access_log /var/log/nginx/a.log timed; error_log /srv/e.txt;", 1))
	plant("etc/nginx/conf.d/more.conf", "map $cookie_sid $ok { CANARY 1; }\nproxy_set_header X-Auth 'CANARY';\n")
	plant("etc/nginx/secrets.env", "DB_PASSWORD=CANARY\nexport TOKEN=\"CANARY\";\n")
	plant("etc/nginx/ssl/key.pem", "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n")
	plant("etc/nginx/.htpasswd", "alice:CANARY\n")
	plant("var/log/nginx/a.log", strings.Join([]string{
		`10.0.0.1 "GET /x?key=CANARY HTTP/1.1" 200 10.0.0.7:8080 0.001`,
		`10.0.0.1 "GET /reset/CANARY HTTP/1.1" 200 - -`,
		`10.0.0.1 - CANARY [30/Nov/2026:01:27:28 +0000] "GET / HTTP/1.1" 200 5 "https://x/?t=CANARY" "agent CANARY" "sid=CANARY"`,
		`{"status":200,"cookie":"CANARY","authorization":"Bearer CANARY"}`,
	}, "\n")+"\n")
	plant("srv/e.txt", strings.Join([]string{
		`2026/11/30 01:27:28 [error] 1#1: *7 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: a, request: "GET /x?k=CANARY HTTP/1.1", upstream: "http://u:CANARY@10.0.0.7:8080/x?k=CANARY", host: "a", referrer: "https://x/CANARY"`,
		`2026/11/30 01:27:28 [error] 1#1: *7 FastCGI sent in stderr: "PHP message: CANARY" while reading response header from upstream, client: 10.0.0.1`,
		`2026/11/30 01:27:28 [error] 1#1: *7 [lua] x.lua:1: CANARY, client: 10.0.0.1`,
		`password CANARY in a second line`,
	}, "\n")+"\n")
	plant("etc/sysctl.d/10-x.conf", "# CANARY\nnet.ipv4.tcp_fastopen_key = CANARY\nnet.core.somaxconn = 4096\nnet.ipv6.conf.all.stable_secret = CANARY\n")
	plant("proc/sys/net/ipv4/tcp_fastopen_key", "CANARY\n")
	plant("proc/sys/net/ipv4/tcp_fin_timeout", "60\n")
	plant("proc/sys/net/ipv6/conf/all/stable_secret", "CANARY\n")
	plant("proc/sys/net/core/somaxconn", "4096\n")
	plant("proc/sys/kernel/osrelease", "6.1.0-13-amd64\n")
	plant("proc/sys/kernel/hostname", "web-17\n")
	plant("proc/100/cmdline", "nginx: master process /usr/sbin/nginx -g env TOKEN=CANARY; -c /etc/nginx/nginx.conf\x00")
	plant("proc/100/status", "Name:\tnginx\nPPid:\t1\n")
	plant("proc/100/environ", "TOKEN=CANARY\x00")
	plant("proc/101/cmdline", "nginx: worker process\x00\x00\x00")
	plant("proc/101/status", "Name:\tnginx\nPPid:\t100\n")
	plant("proc/101/limits", "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 4096                 files     \n")
	// One in a container, which is older, and one more on the host.
	plant("proc/99/cmdline", "nginx: master process nginx -c /in/a/container.conf\x00")
	plant("proc/99/status", "PPid:\t98\nNSpid:\t99\t1\n")
	plant("proc/1000/cmdline", "nginx: master process nginx -p /srv/other -c /srv/other.conf\x00")
	plant("proc/1000/status", "PPid:\t1\nNSpid:\t1000\n")
	plant("proc/102/cmdline", "gunicorn\x00--token=CANARY\x00")
	plant("proc/net/sockstat", "sockets: used 100\nTCP: inuse 5 orphan 0 tw 0 alloc 6 mem 1\n")
	plant("proc/net/netstat", "TcpExt: ListenOverflows\nTcpExt: 0\n")
	plant("var/log/php8.2-fpm.log", strings.Join(backendLines[:4], "\n")+"\n[30-Nov-2026 01:25:23] WARNING: [pool www] child 12 said into stderr: \"PHP message: CANARY\"\n")
	plant("var/log/apache2/error.log", backendLines[4]+"\n[Mon Nov 30 01:25:23.123456 2026] [php:error] [pid 7] [client 10.0.0.1:5] CANARY in /srv/CANARY.php\n")
	plant("var/log/gunicorn/app.log", "CANARY WORKER TIMEOUT (pid:CANARY)\nCANARY\n")
	plant("etc/systemd/system/gunicorn.service", "[Service]\nUser=www\nLimitNOFILE=1024\nEnvironment=TOKEN=CANARY\nExecStart=/usr/bin/gunicorn --token CANARY\n")
	plant("etc/systemd/system/nginx.service.d/limit.conf", "[Service]\nLimitNOFILE=65536\nEnvironment=TOKEN=CANARY\nUser=CANARY PASS\n")
	plant("etc/php/8.2/fpm/pool.d/www.conf", "[www]\nlisten = /run/php/php8.2-fpm.sock\npm.max_children = 5\nenv[DB_PASSWORD] = CANARY\nphp_admin_value[x] = CANARY\nuser = CANARY\n")
	plant("etc/hosts", "127.0.0.1 localhost\n10.0.0.7 db # CANARY\n")
	plant("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nX=CANARY\n")
	return root, canaries
}

// encodings are how a text may lie in a file.
func encodings(s string) []string {
	all := []string{s, url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s)))}
	for lead := range 3 { // base64 depends on where the text begins
		enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", lead) + s))
		all = append(all, enc[4:len(enc)-4])
	}
	return all
}

func leaks(t *testing.T, s *snapshot.Snapshot, canaries []string) {
	t.Helper()
	if len(canaries) < 60 {
		t.Fatalf("only %d canaries", len(canaries))
	}
	for name, text := range contents(t, s) {
		for _, c := range canaries {
			for _, enc := range append(encodings(c), strings.SplitN(c, "/", 2)[0]) {
				if strings.Contains(text, enc) || strings.Contains(name, enc) {
					t.Errorf("%s holds a secret: %s\n%s", name, enc, text)
				}
			}
		}
	}
}

func contents(t *testing.T, s *snapshot.Snapshot) map[string]string {
	t.Helper()
	all := map[string]string{}
	var walk func(dir string)
	walk = func(dir string) {
		list, err := s.FS.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			name := strings.TrimPrefix(dir+"/"+e.Name(), "./")
			if e.IsDir() {
				walk(name)
				continue
			}
			data, err := s.FS.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = string(data)
		}
	}
	walk(".")
	return all
}

func collected(t *testing.T, root string, salt []byte) *snapshot.Snapshot {
	t.Helper()
	var b bytes.Buffer
	_, err := Collect(context.Background(), Local{Root: root}, Options{Timeout: 10 * time.Second, Collector: "test", Now: time.Unix(1e9, 0), Salt: salt}, &b)
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, b.Bytes())
}

func opened(t *testing.T, data []byte) *snapshot.Snapshot {
	t.Helper()
	s, err := snapshot.Read(bytes.NewReader(data), snapshot.DefaultLimits())
	if err != nil || len(s.Problems) > 0 {
		t.Fatal(err, s.Problems)
	}
	return s
}

func TestNoArchiveHoldsASecret(t *testing.T) {
	root, canaries := plantedHost(t)
	for _, salt := range [][]byte{nil, []byte("salt")} {
		s := collected(t, root, salt)
		leaks(t, s, canaries)
		if salt != nil {
			continue
		}
		for name, want := range map[string]string{
			"etc/nginx/nginx.conf": "worker_connections 1024;", "etc/sysctl.d/10-x.conf": "\n\nnet.core.somaxconn = 4096\n\n",
			"evidence/sysctl-a.txt": "net.core.somaxconn = 4096\nnet.ipv4.tcp_fin_timeout = 60\n", "evidence/processes.txt": "99 98 nginx: master process -c /in/a/container.conf\n100 1 nginx: master process -c /etc/nginx/nginx.conf\n101 100 nginx: worker process\n1000 1 nginx: master process -p /srv/other -c /srv/other.conf\n",
			"evidence/proc-limits.txt": "Max open files", "etc/php/8.2/fpm/pool.d/www.conf": "pm.max_children = 5",
			"etc/systemd/system/nginx.service.d/limit.conf": "LimitNOFILE=65536", "etc/systemd/system/gunicorn.service": "[Service]\nUser=www\nLimitNOFILE=1024\n\n\n",
			"var/log/backend-php8.2-fpm.log": "[30-Nov-2026 01:25:23] WARNING: [pool www] server reached pm.max_children setting\n", "var/log/apache2/backend-error.log": "[mpm_event:error] [pid 7:tid 8] server reached MaxRequestWorkers setting\n",
			"var/log/gunicorn/backend-app.log": "WORKER TIMEOUT (pid:\n", "etc/hosts": "127.0.0.1 localhost\n",
			"var/log/nginx/access-a.log.log": "10.0.0.7:8080 0.001", "srv/error-e.txt.log": `request: "GET /x?_ HTTP/1.1", upstream: "http://`,
			".tcplint.toml": "kernel = \"6.1.0\"\n\n[[host]]\nname = \"web-17\"\nnginx = [\"etc/nginx/nginx.conf\"]",
			"MANIFEST":      "more than one nginx runs: the configuration is that of process 100",
		} {
			if text := contents(t, s)[name]; !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, text)
			}
		}
	}
}

// TestScriptCollectsWhatTheProgramDoes runs the script in each shell that is
// installed: the same files with the same content, and no secret.
func TestScriptCollectsWhatTheProgramDoes(t *testing.T) {
	root, canaries := plantedHost(t)
	script := filepath.Join(t.TempDir(), "collect.sh")
	if err := os.WriteFile(script, []byte(Script("test")), 0o600); err != nil {
		t.Fatal(err)
	}
	want := contents(t, collected(t, root, nil))
	tried := 0
	for _, shell := range [][]string{{"dash"}, {"busybox", "sh"}, {"bash", "--posix"}} {
		if _, err := exec.LookPath(shell[0]); err != nil {
			continue
		}
		tried++
		t.Run(shell[0], func(t *testing.T) {
			tmp := t.TempDir()
			cmd := exec.Command(shell[0], append(shell[1:], script, "-i", "0", "-o", "-")...)
			cmd.Env = []string{"TCPLINT_ROOT=" + root, "TMPDIR=" + tmp}
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Run(); err != nil || errs.Len() > 0 {
				t.Fatalf("%v: %s", err, &errs)
			}
			if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
				t.Errorf("the script leaves %v behind, %v", left, err)
			}
			s := opened(t, out.Bytes())
			leaks(t, s, canaries)
			got := contents(t, s)
			if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(g, w) {
				t.Errorf("the script takes %v\nthe program %v", g, w)
			}
			for name, text := range want {
				moves := name == snapshot.ManifestName || strings.HasPrefix(name, "evidence/ss-") || strings.HasPrefix(name, "evidence/ip-") || strings.HasPrefix(name, "evidence/dmesg")
				if got[name] != text && !moves {
					t.Errorf("%s: %s", name, firstDifference(got[name], text))
				}
			}
		})
	}
	if tried == 0 {
		t.Skip("no shell is installed")
	}
}
