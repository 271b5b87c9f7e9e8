package evidence

import (
	"strings"
	"testing"
)

// TestGuessedFormat reads logs of which no format is at hand.
func TestGuessedFormat(t *testing.T) {
	for name, c := range map[string]struct {
		log                      string
		upstream, status, method string
		code                     int
		request, connect, answer int
	}{
		"as in the handbook": {
			`192.0.2.7 - - [30/Nov/2026:01:25:23 +0000] "GET /a HTTP/1.1" 200 3 "-" "curl/8.1 (x)" 0.301 0.001 0.300 0.300 [127.0.0.1:8000] 200`,
			"127.0.0.1:8000", "200", "GET", 200, 301, 1, 300,
		},
		"labels": {
			`192.0.2.7 - - [30/Nov/2026:01:25:23 +0000] "POST /a HTTP/2.0" 502 150 "-" "curl" "-" rt=0.004 uct="0.001" uht="-" urt="0.003" ua="127.0.0.1:8000" us="502"`,
			"127.0.0.1:8000", "502", "POST", 502, 4, 1, 3,
		},
		"several servers": {
			`192.0.2.7 [30/Nov/2026:01:25:23 +0000] "GET /a HTTP/1.1" 200 3 0.005 0.000, 0.001 0.001, 0.002 0.002, 0.003 [[::1]:3000, 127.0.0.1:3000] 502, 200`,
			"[::1]:3000, 127.0.0.1:3000", "502, 200", "GET", 200, 5, 1, 3,
		},
		"a socket, and the time alone": {
			`192.0.2.7 2026-11-30T01:25:23+00:00 "GET /a HTTP/1.1" 504 3 60.001 unix:/run/php.sock`,
			"unix:/run/php.sock", "", "GET", 504, 60000, -1, -1,
		},
		"the host looks like an upstream": {
			`192.0.2.7 [30/Nov/2026:01:25:23 +0000] "127.0.0.1:80" "GET /a HTTP/1.1" 200 3 127.0.0.1:81 127.0.0.1:82 0.004`,
			"", "", "GET", 200, 4, -1, -1,
		},
		"times in another order": {
			`192.0.2.7 [30/Nov/2026:01:25:23 +0000] "GET /a HTTP/1.1" 200 3 0.001 0.300 0.300 0.301 127.0.0.1:82`,
			"127.0.0.1:82", "", "GET", 200, -1, -1, -1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSet()
			// The first line of a log may be one that no server was asked for.
			first := strings.NewReplacer("127.0.0.1:8000", "-", `"0.003"`, `"-"`).Replace(c.log)
			if err := s.Read("site.txt", strings.NewReader(first+"\n"+c.log+"\n"), Options{}); err != nil {
				t.Fatal(err)
			}
			if s.Access.Lines != 2 {
				t.Fatalf("%d lines were read: %v", s.Access.Lines, s.Sources[0].Unread)
			}
			groups := s.Access.Groups()
			g := groups[len(groups)-1]
			if g.Upstream != c.upstream || g.UpstreamStatus != c.status || g.Method != c.method || g.Status != c.code {
				t.Errorf("it is %q %q %s %d", g.Upstream, g.UpstreamStatus, g.Method, g.Status)
			}
			for what, v := range map[string]struct {
				times Times
				want  int
			}{"request": {g.Request, c.request}, "connect": {g.Connect, c.connect}, "response": {g.Response, c.answer}} {
				got := -1
				if v.times.Count > 0 {
					got = v.times.Quantile(0.5)
				}
				if got != v.want {
					t.Errorf("%s: %d instead of %d ms", what, got, v.want)
				}
			}
			if len(s.Sources[0].Problems) == 0 {
				t.Error("it does not say that the format was guessed")
			}
		})
	}
}

// TestNoFormatIsGuessed holds that other texts are no access logs.
func TestNoFormatIsGuessed(t *testing.T) {
	for _, text := range []string{
		`"GET / HTTP/1.1"`, `2026/11/30 connect() failed "GET / HTTP/1.1" host`, `GET / HTTP/1.1 200 3`,
		`127.0.0.1 "GET / HTTP/1.1 200 3`, `[x "GET / HTTP/1.1" 200`, ` HTTP/`,
	} {
		if f, ok := guessFormat([]byte(text)); ok {
			t.Errorf("%q: %v", text, f)
		}
	}
}
