//go:build linux

package proof

import (
	"net/http"
	"strings"
	"testing"
)

// headers are values by name; empty means that there is none, and "$server" is
// the address of the only backend.
type headers map[string]string

// A headerCase says which headers arrive on the other side of nginx.
type headerCase struct {
	claim
	path      string
	send      []string // headers of the client, name and value in turn
	files     []string // that nginx serves
	bad, good headers
}

// requestCases are about what the backend gets. A claim may have several, of
// which one is for its example.
var requestCases = []headerCase{
	{
		claim: claim{"nginx-proxy-headers-lost", "a location with a header of its own", "3"},
		path:  "/api/",
		bad:   headers{"X-Api": "1", "Host": "$server", "X-Real-IP": ""},
		good:  headers{"X-Api": "1", "Host": name, "X-Real-IP": "127.0.0.1"},
	},
	{
		claim: claim{"nginx-proxy-headers-lost", "the headers stand in a file", "3"},
		path:  "/ws/", send: []string{"Upgrade", "websocket"},
		bad:  headers{"Upgrade": "websocket", "Host": "$server", "X-Forwarded-For": ""},
		good: headers{"Upgrade": "websocket", "Host": name, "X-Forwarded-For": "127.0.0.1"},
	},
	{
		claim: claim{"nginx-host-header-upstream-name", "a name that no host can have", "3"},
		path:  "/",
		bad:   headers{"Host": "app_servers"},
		good:  headers{"Host": name},
	},
	{
		claim: claim{"nginx-host-header-upstream-name", "the header goes to the level that owns the others", "3"},
		path:  "/api/",
		bad:   headers{"Host": "backend", "X-Real-IP": "127.0.0.1"},
		good:  headers{"Host": name, "X-Real-IP": "127.0.0.1"},
	},
	{
		claim: claim{"nginx-host-header-upstream-name", "another location needs the name in its pass", "3"},
		path:  "/",
		bad:   headers{"Host": "backend", "X-Real-IP": "127.0.0.1"},
		good:  headers{"Host": name, "X-Real-IP": "127.0.0.1"},
	},
	{
		claim: claim{"nginx-upgrade-always", "a map is made", "16"},
		path:  "/",
		bad:   headers{"Connection": "upgrade", "Upgrade": ""},
		good:  headers{"Connection": "", "Upgrade": ""},
	},
	{
		claim: claim{"nginx-upgrade-always", "there is a map, and one line for several locations", "16"},
		path:  "/api/",
		bad:   headers{"Connection": "Upgrade", "Upgrade": ""},
		good:  headers{"Connection": "", "Upgrade": ""},
	},
	{
		claim: claim{"nginx-accel-request-header", "buffering is off already", "4"},
		path:  "/live/",
		bad:   headers{"X-Accel-Buffering": "no", "Host": name},
		good:  headers{"X-Accel-Buffering": "", "Host": name},
	},
}

// TestRequestHeaders looks at what reaches the backend.
func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range requestCases {
		c.each(t, func(x trial) {
			t, side, bad := x.T, x.side, x.bad
			s := start(t, side, options{})
			if resp := s.ask(t, c.path, c.send...); resp.StatusCode != http.StatusOK {
				t.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(t))
			}
			var got *http.Request
			server := ""
			for _, b := range s.backends {
				for _, r := range b.requests() {
					got, server = r, b.addr
				}
			}
			if got == nil {
				t.Fatal("nothing reached the backend")
			}
			got.Header.Set("Host", got.Host)
			c.compare(t, got.Header, bad, server)
		})
	}
}

// responseCases are about what the client gets.
var responseCases = []headerCase{
	{
		claim: claim{"nginx-add-header-lost", "a page without its headers", "3"},
		path:  "/app/page", files: []string{"srv/www/app/page"},
		bad:  headers{"Cache-Control": "no-store", "X-Frame-Options": "", "X-Content-Type-Options": ""},
		good: headers{"Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff"},
	},
	{
		claim: claim{"nginx-add-header-lost", "the headers stand in a file, and some count for pages only", "3"},
		path:  "/site.css", files: []string{"html/site.css"}, // nginx's own root
		bad:  headers{"Cache-Control": "public, immutable", "Strict-Transport-Security": ""},
		good: headers{"Cache-Control": "public, immutable", "Strict-Transport-Security": "max-age=31536000"},
	},
	{
		claim: claim{"nginx-add-header-lost", "where headers can be merged", "3"},
		path:  "/app/page", files: []string{"html/app/page"},
		bad:  headers{"Cache-Control": "no-store", "X-Content-Type-Options": ""},
		good: headers{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
	},
	{
		claim: claim{"nginx-add-header-lost", "merging would send a header twice", "3"},
		path:  "/app/page", files: []string{"html/app/page"},
		bad:  headers{"Cache-Control": "no-store", "X-Content-Type-Options": ""},
		good: headers{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
	},
}

// TestResponseHeaders looks at what reaches the client.
func TestResponseHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range responseCases {
		c.each(t, func(x trial) {
			t, side, bad := x.T, x.side, x.bad
			s := start(t, side, options{files: c.files})
			resp := s.ask(t, c.path, c.send...)
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(t))
			}
			c.compare(t, resp.Header, bad, "")
		})
	}
}

func (c headerCase) compare(t *testing.T, got http.Header, bad bool, server string) {
	t.Helper()
	want := c.good
	if bad {
		want = c.bad
	}
	for header, value := range want {
		value = strings.ReplaceAll(value, "$server", server)
		if g := strings.Join(got.Values(header), ", "); g != value {
			t.Errorf("%s is %q, want %q", header, g, value)
		}
	}
}

var upgradeCases = []claim{
	{"nginx-upgrade-http10", "the version is missing", "14"},
	{"nginx-upgrade-http10", "1.0 is written", "14"},
}

// TestUpgrade asks a backend that follows RFC 6455 for a WebSocket.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	for _, c := range upgradeCases {
		c.each(t, func(x trial) {
			t, side, bad := x.T, x.side, x.bad
			s := start(t, side, options{backend: webSocket})
			want := http.StatusSwitchingProtocols
			if bad {
				want = http.StatusBadRequest
			}
			if resp := s.ask(t, "/ws/", "Upgrade", "websocket", "Connection", "upgrade"); resp.StatusCode != want {
				t.Errorf("got %s, want %d", resp.Status, want)
			}
		})
	}
}

// TestMapKeepsWebSockets makes sure that the map which nginx-proxy-connection-close
// writes still lets an upgrade through.
func TestMapKeepsWebSockets(t *testing.T) {
	t.Parallel()
	for _, c := range connectionCases {
		if c.example != "the map trap" {
			continue
		}
		_, good := c.sides(t)
		s := start(t, good, options{backend: webSocket})
		if resp := s.ask(t, "/", "Upgrade", "websocket", "Connection", "upgrade"); resp.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("got %s", resp.Status)
		}
	}
}

// webSocket is a backend that speaks nothing but WebSocket, and that only with
// clients which may.
func webSocket(w http.ResponseWriter, r *http.Request) {
	if !r.ProtoAtLeast(1, 1) || !strings.EqualFold(r.Header.Get("Connection"), "upgrade") || r.Header.Get("Upgrade") != "websocket" {
		http.Error(w, "no handshake of a WebSocket", http.StatusBadRequest)
		return
	}
	w.Header().Set("Connection", "upgrade")
	w.Header().Set("Upgrade", "websocket")
	w.WriteHeader(http.StatusSwitchingProtocols)
}
