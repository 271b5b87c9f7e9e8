package evidence

import (
	"fmt"
	"strings"
	"testing"
)

// TestJSONLog reads access logs in JSON of which no format is at hand: forms that people
// give a log_format, as nginx fills them.
func TestJSONLog(t *testing.T) {
	for name, c := range map[string]struct {
		log                      string
		upstream, status, method string
		code                     int
		request, answer          int
		path                     string
	}{
		"the names of the variables": {
			`{"time_local":"30/Nov/2026:01:25:23 +0000","remote_addr":"192.0.2.7","request":"GET /a HTTP/1.1","status":"502","body_bytes_sent":"157","request_time":"0.004","upstream_response_time":"0.003","upstream_addr":"127.0.0.1:8000","upstream_status":"502","http_user_agent":"say \"hi\", {x}"}`,
			"127.0.0.1:8000", "502", "GET", 502, 4, 3, "/a",
		},
		"numbers, blanks, objects inside": {
			`{"time": "2026-11-30T01:25:23+00:00", "nginx": {"http_method": "POST", "uri": "/b", "status": 504, "size": 3}, "upstream": {"upstream_addr": "10.0.0.5:80, 10.0.0.6:80", "upstream_status": "504, 504"}, "request_time": 60.000, "tls": null}`,
			"10.0.0.5:80, 10.0.0.6:80", "504, 504", "POST", 504, 60000, -1, "/b",
		},
		"names of their own": {
			`{"@timestamp":"2026-11-30T01:25:23+00:00","host":"10.0.0.1","size":612,"responsetime":0.005,"upstreamtime":"0.004","upstreamhost":"10.0.0.5:8080","http_host":"shop.example","url":"/c","status":"200"}`,
			"10.0.0.5:8080", "", "other", 200, 5, 4, "/c",
		},
		"nobody was asked": {
			`{"request_method":"GET","request_uri":"/d","status":499,"request_time":1.200,"upstream_addr":"","upstream_status":""}`,
			"-", "-", "GET", 499, 1200, -1, "/d",
		},
		"which of two times the name means is not known": {
			`{"request_uri":"/e","request_method":"GET","status":200,"response_time":0.003,"upstream_addr":"10.0.0.5:80"}`,
			"10.0.0.5:80", "", "GET", 200, -1, -1, "/e",
		},
	} {
		for _, prefix := range []string{"", "web-1  | ", "Nov 30 01:25:23 edge nginx: ", "2026-11-30T01:25:23.123456789Z stdout F "} {
			t.Run(name+"/"+prefix, func(t *testing.T) {
				s := NewSet()
				if err := s.Read("site.txt", strings.NewReader(strings.Repeat(prefix+c.log+"\n", 3)), Options{}); err != nil {
					t.Fatal(err)
				}
				if s.Access.Lines != 3 {
					t.Fatalf("%d lines were read: %v", s.Access.Lines, s.Sources[0].Unread)
				}
				g := s.Access.Groups()[0]
				got := fmt.Sprint(g.Upstream, g.UpstreamStatus, g.Method, g.Status, g.Paths)
				want := fmt.Sprint(c.upstream, c.status, c.method, c.code, map[string]int{c.path: 3})
				if got != want {
					t.Errorf("it is %s, want %s", got, want)
				}
				if ms := median(g.Request); ms != c.request {
					t.Errorf("the request took %d ms, want %d", ms, c.request)
				}
				if ms := median(g.Response); ms != c.answer {
					t.Errorf("the answer took %d ms, want %d", ms, c.answer)
				}
				if len(s.Sources[0].Problems) == 0 {
					t.Error("it does not say that the format was guessed")
				}
			})
		}
	}
}

func median(t Times) int {
	if t.Count == 0 {
		return -1
	}
	return t.Quantile(0.5)
}

// TestJSONOfOthers holds that lines of other servers and of applications are not taken
// for nginx's.
func TestJSONOfOthers(t *testing.T) {
	for _, text := range []string{
		`{"level":"info","ts":1764465923.1,"logger":"http.log.access","msg":"handled request","request":{"method":"GET","uri":"/a"},"duration":0.001234567,"size":612,"status":200}`,
		`{"ClientAddr":"192.0.2.7:4711","DownstreamStatus":200,"Duration":1234567,"OriginDuration":1200000,"RequestMethod":"GET","RequestPath":"/a","time":"2026-11-30T01:25:23Z"}`,
		`{"method":"GET","path":"/a","response_code":200,"duration":12,"upstream_host":"10.0.0.5:8080","start_time":"2026-11-30T01:25:23.123Z"}`,
		`{"method":"GET","path":"/a","status":200,"message":"done"}`,
		`{"status":"200"}`, `{"request_time":"0.001"}`, `{`, `{}`, `{"a}`, `{"request_uri":"/","status":200,"request_time":"0.001"`,
	} {
		s := NewSet()
		if err := s.Read("app.log", strings.NewReader(text+"\n"+text+"\n"), Options{}); err != nil {
			t.Fatal(err)
		}
		if s.Access.Lines != 0 {
			t.Errorf("it is taken for an access log of nginx: %s", text)
		}
	}
}

// TestWrapped reads what Docker and the kubelet write around the lines of containers.
func TestWrapped(t *testing.T) {
	const failed = `2026/11/30 01:25:23 [error] 29#29: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, server: , request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.5:80/\", host: \"a\"`
	const asked = `192.0.2.7 - - [30/Nov/2026:01:25:23 +0000] \"GET / HTTP/1.1\" 502 157 \"-\" \"curl/8.1\" \"-\"`
	plain := strings.NewReplacer(`\"`, `"`)
	for name, text := range map[string]string{
		"json-file": `{"log":"` + failed + `\n","stream":"stderr","time":"2026-11-30T01:25:23.123456789Z"}` + "\n" +
			`{"log":"` + asked + `\n","stream":"stdout","time":"2026-11-30T01:25:23.123456789Z"}` + "\n",
		"CRI": "2026-11-30T01:25:23.123456789Z stderr F " + plain.Replace(failed) + "\n" +
			"2026-11-30T01:25:23.123456789Z stdout F " + plain.Replace(asked) + "\n",
	} {
		s := NewSet()
		if err := s.Read("0.log", strings.NewReader(text), Options{}); err != nil {
			t.Fatal(err)
		}
		if s.Access.Lines != 1 || len(s.Sources[0].Unread) > 0 {
			t.Errorf("%s: %d requests, unread are %v", name, s.Access.Lines, s.Sources[0].Unread)
		}
	}
}
