//go:build linux

package proof

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint/linttest"
)

var refusalCases = []struct {
	claim
	path     string
	families map[string]string // where the servers listen, by address in the example
}{
	{claim: claim{"nginx-upstream-localhost", "a server of an upstream", "5"}, path: "/"},
	{claim: claim{"nginx-upstream-localhost", "in proxy_pass", "5"}, path: "/"},
	{
		claim: claim{"nginx-upstream-localhost", "the families are declared", "5"}, path: "/",
		families: map[string]string{"localhost:3000": "::1", "[::1]:3000": "::1"},
	},
}

// TestRefusals looks for connections to an address at which nobody listens. The
// client notices nothing, as nginx tries the other one.
func TestRefusals(t *testing.T) {
	t.Parallel()
	addrs, err := net.DefaultResolver.LookupNetIP(t.Context(), "ip", "localhost")
	slices.SortFunc(addrs, func(a, b netip.Addr) int { return a.Compare(b) })
	if addrs = slices.Compact(addrs); err != nil || len(addrs) < 2 {
		t.Skipf("localhost is %v here, one address: %v", addrs, err)
	}
	for _, c := range refusalCases {
		c.each(t, func(t *testing.T, side linttest.Side, bad bool) {
			t.Helper()
			s := start(t, side, options{families: c.families})
			for range 4 {
				if resp := s.ask(t, c.path); resp.StatusCode != http.StatusOK {
					t.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(t))
				}
			}
			refused := strings.Count(s.errorLog(t), "connect() failed (111: Connection refused)")
			t.Logf("4 requests: %d connections refused", refused)
			if bad != (refused > 0) {
				t.Errorf("%d connections are refused\n%s", refused, s.errorLog(t))
			}
		})
	}
}
