package page

import (
	"encoding/json"
	"strings"
	"testing"
)

const pooled = "events {}\nhttp {\n    # \U0001f600 \u00e9\n    upstream a { server 127.0.0.1:80; keepalive 2; }\n" +
	"    server {\n        listen 80;\n        location / { proxy_pass http://a; }\n    }\n}\n"

func asked[A any](t *testing.T, s *Session, r Request) (answer A, problem string) {
	t.Helper()
	question, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	got := s.Ask(question)
	var failure struct{ Error string }
	if json.Unmarshal(got, &failure) == nil && failure.Error != "" {
		return answer, failure.Error
	}
	if err := json.Unmarshal(got, &answer); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	return answer, ""
}

func check(t *testing.T, s *Session, r Request) Checked {
	t.Helper()
	r.Op = "check"
	got, problem := asked[Checked](t, s, r)
	if problem != "" {
		t.Fatal(problem)
	}
	return got
}

// JavaScript counts characters beyond U+FFFF as two, others as one.
func TestPlaces(t *testing.T) {
	got := check(t, NewSession(), Request{Files: map[string]string{"nginx.conf": pooled}, Server: "1.26.3"})
	for _, f := range got.Findings {
		if f.Rule != "nginx-proxy-http10" {
			continue
		}
		before, _, _ := strings.Cut(pooled, "proxy_pass")
		want := len([]rune(before)) + 1 // one of them counts twice
		if f.At.From != want || f.At.To != want+len("proxy_pass http://a;") || f.At.Line != 7 {
			t.Errorf("%+v, want it to begin at %d", f.At, want)
		}
		return
	}
	t.Fatalf("nginx-proxy-http10 is not found: %+v", got.Findings)
}

// An answer does not depend on what was asked before.
func TestSession(t *testing.T) {
	s := NewSession()
	for _, r := range []Request{
		{Files: map[string]string{"nginx.conf": pooled}},
		{Files: map[string]string{"nginx.conf": pooled, "sysctl.conf": "net.ipv4.tcp_tw_recycle = 1\n"}},
		{Files: map[string]string{"nginx.conf": strings.Replace(pooled, "keepalive 2", "keepalive x", 1), "sysctl.conf": "net.ipv4.tcp_tw_recycle = 1\n"}},
		{Files: map[string]string{"sysctl.conf": "net.ipv4.tcp_tw_recycle = 1\n"}, Kernel: "6.1"},
		{Files: map[string]string{"nginx.conf": pooled}, Server: "1.30.0"},
		{Files: map[string]string{}},
	} {
		again, fresh := check(t, s, r), check(t, NewSession(), r)
		a, _ := json.Marshal(again)
		b, _ := json.Marshal(fresh)
		if string(a) != string(b) {
			t.Errorf("%v: an old session says\n%s\na new one\n%s", r.Files, a, b)
		}
	}
}

// A patch mends its finding, and only that.
func TestPatchOne(t *testing.T) {
	s := NewSession()
	r := Request{Files: map[string]string{"nginx.conf": pooled, "sysctl.conf": "net.ipv4.tcp_tw_recycle = 1\n"}, Server: "1.26.3"}
	for i, f := range check(t, s, r).Findings {
		if f.Rule != "nginx-proxy-http10" {
			continue
		}
		r.Op, r.Finding = "patch", i
		got, problem := asked[Patched](t, s, r)
		if problem != "" || len(got.Changes) != 1 || got.Changes[0].File != "nginx.conf" || !strings.Contains(got.Changes[0].Text, "proxy_http_version 1.1;") {
			t.Fatalf("%+v %s", got, problem)
		}
		r.Files = map[string]string{"nginx.conf": got.Changes[0].Text, "sysctl.conf": r.Files["sysctl.conf"]}
		for _, left := range check(t, s, r).Findings {
			if left.Rule == f.Rule {
				t.Errorf("it is still there: %+v", left)
			}
		}
		return
	}
	t.Fatal("nginx-proxy-http10 is not found")
}

// What cannot be answered is said in words.
func TestWrongQuestions(t *testing.T) {
	s := NewSession()
	for _, c := range []struct {
		r    Request
		want string
	}{
		{Request{Op: "sing"}, `unknown question "sing"`},
		{Request{Op: "check", Server: "one"}, "version of nginx"},
		{Request{Op: "check", Kernel: "one"}, "version of Linux"},
		{Request{Op: "patch", Finding: 7}, "there is no finding 7"},
		{Request{Op: "explain", ID: "nginx-proxy-http11"}, "nginx-proxy-http10"},
		{Request{Op: "check", Files: map[string]string{".tcplint.toml": "nonsense = 1\n"}}, ".tcplint.toml:1:1"},
	} {
		if _, problem := asked[any](t, s, c.r); !strings.Contains(problem, c.want) {
			t.Errorf("%+v: %q, want %q in it", c.r, problem, c.want)
		}
	}
	if got := string(s.Ask([]byte("{"))); !strings.HasPrefix(got, `{"error":`) {
		t.Error(got)
	}
}

// A diagnosis reads what the machine printed beside the configuration.
func TestDiagnose(t *testing.T) {
	got, problem := asked[Diagnosed](t, NewSession(), Request{
		Op: "diagnose", Files: map[string]string{"nginx.conf": pooled},
		Evidence: map[string]string{"error.log": "2026/01/02 03:04:05 [alert] 7#7: 16 worker_connections are not enough\n"},
	})
	if problem != "" || len(got.Answers) == 0 || got.Answers[0].Cause != "worker-connections" {
		t.Errorf("%+v %s", got, problem)
	}
}

// A version of which nothing is known is told, as on the command line.
func TestDoubtfulVersions(t *testing.T) {
	s := NewSession()
	files := map[string]string{"nginx.conf": "events {}\nhttp {}\n"}
	for _, tt := range []struct {
		server, kernel string
		want           []string
	}{
		{"", "", []string{}},
		{"1.28.0", "6.1", []string{}},
		{"1.99", "6.1", []string{"nginx 1.99 is newer than"}},
		{"1.28.0", "12", []string{"Linux 12.0 is newer than"}},
	} {
		got, problem := asked[Checked](t, s, Request{Op: "check", Files: files, Server: tt.server, Kernel: tt.kernel})
		ok := problem == "" && len(got.Messages) == len(tt.want)
		for i := range tt.want {
			ok = ok && strings.HasPrefix(got.Messages[i], tt.want[i])
		}
		if !ok {
			t.Errorf("nginx %q, Linux %q: %q %q, want %q", tt.server, tt.kernel, got.Messages, problem, tt.want)
		}
	}
}
