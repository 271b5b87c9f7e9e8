//go:build linux

package proof

import (
	"cmp"
	"net/http"
	"slices"
	"testing"
)

// requests are sent one after the other, so that the counts do not depend on
// the speed of the machine.
const requests = 200

// counts are connections of so many requests, and the sockets in TIME_WAIT that
// they leave on nginx's side.
type counts struct{ opened, held int }

type connectionCase struct {
	claim

	path    string   // "/" if empty
	then    []string // rules that the good text needs as well
	clients bool     // their connections count, not those to the backend
	bad     counts   // at least
	good    counts   // at most
}

var connectionCases = []connectionCase{
	{
		claim: claim{"nginx-proxy-http10", "both lines missing", "1"},
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-proxy-http10", "headers are inherited and stay", "1"},
		path:  "/app/",
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-proxy-http10", "1.0 written where the default is 1.1", "1"},
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-proxy-pass-unpooled", "an address for a whole site", "1"},
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-proxy-connection-close", "nginx's own default", "1"},
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-proxy-connection-close", "the map trap", "1"},
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-proxy-connection-close", "a literal close for the whole server", "1"},
		path:  "/api/",
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-upstream-no-keepalive", "no keepalive", "1"},
		then:  []string{"nginx-proxy-connection-close"},
		bad:   counts{opened: requests}, good: counts{opened: 2},
	},
	{
		claim: claim{"nginx-upstream-no-keepalive", "switched off", "1"},
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-half-way-reuse", "an upstream without keepalive", "1"},
		bad:   counts{opened: requests, held: requests * 9 / 10}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-half-way-reuse", "an address", "1"},
		bad:   counts{opened: requests, held: requests * 9 / 10}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-keepalive-before-balancer", "", "2"},
		bad:   counts{opened: requests}, good: counts{opened: 2},
	},
	{
		claim: claim{"nginx-keepalive-before-balancer", "the remark moves along", "2"},
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-pool-smaller-than-upstream", "", "1b"},
		bad:   counts{opened: requests}, good: counts{opened: 3},
	},
	{
		claim: claim{"nginx-pool-smaller-than-upstream", "no larger one where the servers take few connections", "1b"},
		bad:   counts{opened: requests}, good: counts{opened: 2},
	},
	{
		claim: claim{"nginx-keepalive-requests-low", "a pool", "1b"},
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-keepalive-requests-low", "clients", "15"}, clients: true,
		bad: counts{opened: requests / 10}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-client-keepalive-off", "", "15"}, clients: true,
		bad: counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-fastcgi-not-kept", "a pool that nothing goes into, and room for it", "11"},
		path:  "/index.php",
		bad:   counts{opened: requests}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-fastcgi-not-kept", "a pool that the backend has room for", "11"},
		path:  "/index.php",
		bad:   counts{opened: requests, held: requests * 9 / 10}, good: counts{opened: 1},
	},
	{
		claim: claim{"nginx-fastcgi-not-kept", "kept connections without a pool", "11"},
		path:  "/index.php",
		bad:   counts{opened: requests, held: requests * 9 / 10}, good: counts{opened: requests, held: requests / 2},
	},
	{
		claim: claim{"nginx-fastcgi-not-kept", "an upstream without a pool, set for the whole server", "11"},
		path:  "/index.php",
		bad:   counts{opened: requests, held: requests * 9 / 10}, good: counts{opened: requests, held: requests / 2},
	},
}

// TestConnections counts what is opened for the same requests.
func TestConnections(t *testing.T) {
	t.Parallel()
	for _, c := range connectionCases {
		c.each(t, func(x trial) {
			t, side, bad := x.T, x.side, x.bad
			if !bad {
				side = cured(t, side, c.then)
			}
			s := start(t, side, options{})
			held := func() int {
				return count(t, func(x socket) bool { return x.state == timeWait && slices.Contains(s.ports(t), x.remote) })
			}
			before := held() // of an earlier test, whose port the backend got
			browser := &client{addr: s.addr}
			for range requests {
				if resp := browser.do(t, request(t, cmp.Or(c.path, "/"))); resp.StatusCode == http.StatusBadGateway || resp.StatusCode == http.StatusGatewayTimeout {
					t.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(t))
				}
			}
			got := counts{opened: s.opened(), held: held() - before}
			if c.clients {
				got.opened = browser.opened
			}
			t.Logf("%d requests: %d connections, %d in TIME_WAIT on nginx's side", requests, got.opened, got.held)
			switch {
			case bad && (got.opened < c.bad.opened || got.held < c.bad.held):
				t.Errorf("got %+v, want at least %+v", got, c.bad)
			case !bad && (got.opened > c.good.opened || got.held > c.good.held):
				t.Errorf("got %+v, want at most %+v", got, c.good)
			}
		})
	}
}

// ports are those of the backends.
func (s *site) ports(t *testing.T) []int {
	t.Helper()
	var all []int
	for _, b := range s.backends {
		all = append(all, portOf(t, b.addr))
	}
	return all
}

var resumptionCases = []claim{
	{"nginx-tls-session-reuse-off", "an address, set for the server", "12"},
}

// TestResumption counts the TLS handshakes that are shortened.
func TestResumption(t *testing.T) {
	t.Parallel()
	for _, c := range resumptionCases {
		c.each(t, func(x trial) {
			t, side, bad := x.T, x.side, x.bad
			const few = 20 // without reuse each waits for a delayed acknowledgement
			s := start(t, side, options{tls: true})
			browser := &client{addr: s.addr}
			for range few {
				if resp := browser.do(t, request(t, "/")); resp.StatusCode != http.StatusOK {
					t.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(t))
				}
			}
			resumed := 0
			for _, b := range s.backends {
				resumed += int(b.resumed.Load())
			}
			t.Logf("%d requests: %d connections, %d sessions resumed", few, s.opened(), resumed)
			if bad && resumed > 0 || !bad && resumed < few/4 {
				t.Errorf("%d of %d sessions are resumed", resumed, few)
			}
		})
	}
}
