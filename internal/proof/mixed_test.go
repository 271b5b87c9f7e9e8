//go:build linux

package proof

import (
	"net/http"
	"testing"
)

// TestMixedPool asks a location that makes a connection, and then one that must not
// use it.
func TestMixedPool(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-pool-mixed-tls", "http and https, where local is known", func(x trial) {
		s := start(x.T, x.side, options{tls: true})
		s.ask(x.T, "/")
		resp := s.ask(x.T, "/plain/")
		overTLS := false
		for _, b := range s.backends {
			for _, r := range b.requests() {
				overTLS = overTLS || r.URL.Path == "/plain/" && r.TLS != nil
			}
		}
		x.Logf("a pass to http:// gets %s, and reaches the backend over TLS: %t", resp.Status, overTLS)
		if overTLS != x.bad {
			x.Errorf("a pass to http:// reaches the backend over TLS: %t", overTLS)
		}
	})
	everywhere(t, "nginx-pool-mixed-tls", "a location that verifies, before local came", func(x trial) {
		s := start(x.T, x.side, options{tls: true})
		if resp := s.ask(x.T, "/"); resp.StatusCode != http.StatusOK {
			x.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(x.T))
		}
		resp := s.ask(x.T, "/pay/")
		x.Logf("a location that verifies a certificate which nobody trusts: %s", resp.Status)
		if want := map[bool]int{true: http.StatusOK, false: http.StatusBadGateway}[x.bad]; resp.StatusCode != want {
			x.Errorf("nginx says %s, want %d\n%s", resp.Status, want, s.errorLog(x.T))
		}
	})
	everywhere(t, "nginx-pool-mixed-tls", "gRPC beside HTTP/2 in another way", func(x trial) {
		const asked = 12
		s := start(x.T, x.side, options{backend: takesAll})
		got := map[int]int{}
		for i := range asked {
			r := post(x.T)
			r.URL.Path = []string{"/grpc", "/"}[i%2]
			got[(&client{addr: s.addr}).do(x.T, r).StatusCode]++
		}
		x.Logf("%d requests get %v over %d connections", asked, got, s.opened())
		if failed := got[http.StatusOK] < asked; failed != x.bad {
			x.Errorf("%d requests get %v\n%s", asked, got, s.errorLog(x.T))
		}
	})
}
