//go:build linux

package proof

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
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
	for _, c := range refusalCases {
		c.each(t, func(x trial) {
			t, side, bad := x.T, x.side, x.bad
			bothLocalhosts(t)
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

// bothLocalhosts makes a namespace in which localhost is [::1] and 127.0.0.1,
// unless it is both on this machine.
func bothLocalhosts(t *testing.T) {
	t.Helper()
	if text, err := os.ReadFile(hostsFile); err == nil && localhostOf6.Match(text) && localhostOf4.Match(text) {
		if l, err := net.Listen("tcp", "[::1]:0"); err == nil && l.Close() == nil {
			return
		}
	}
	enterNamespace(t)
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Skipf("localhost is one address here, and this user may not change that: %v", err)
	}
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost\n::1 localhost\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), // else the next one would be seen outside
		unix.Mount(hosts, hostsFile, "", unix.MS_BIND, ""),
	); err != nil {
		t.Skipf("localhost is one address here, and this user may not change that: %v", err)
	}
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil || l.Close() != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
}

const hostsFile = "/etc/hosts"

var (
	localhostOf4 = regexp.MustCompile(`(?m)^127\.0\.0\.1\s(.*\s)?localhost(\s|$)`)
	localhostOf6 = regexp.MustCompile(`(?m)^::1\s(.*\s)?localhost(\s|$)`)
)
