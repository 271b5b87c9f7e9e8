package collect

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/snapshot"
)

// FuzzAddress holds what a replaced address keeps: family, scope, and as many bits in
// common with any other as before.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"10.0.0.1", "10.0.0.2", "172.16.3.4", "192.168.1.1", "8.8.8.8", "8.8.4.4", "169.254.1.1", "127.0.0.2", "203.0.113.7", "100.64.0.1", "::1", "fe80::1", "2001:db8::1", "2600:1f18::5", "fd00::7", "::ffff:10.0.0.1"} {
		a := netip.MustParseAddr(s).As16()
		f.Add(a[:], a[:], []byte("salt"), true)
		f.Add(a[:], []byte{15: 9}, []byte("pepper"), false)
	}
	f.Fuzz(func(t *testing.T, one, two, salt []byte, v4 bool) {
		if len(one) < 16 || len(two) < 16 {
			return
		}
		size := 16
		if v4 {
			size = 4
		}
		a, _ := netip.AddrFromSlice(one[16-size : 16])
		b, _ := netip.AddrFromSlice(two[16-size : 16])
		m := newMasker(salt)
		x, y := m.address(a), m.address(b)
		if x.BitLen() != a.BitLen() || x.Is4In6() != a.Is4In6() {
			t.Fatalf("%v becomes %v of another family", a, x)
		}
		for _, s := range scopes.Get() {
			if s.Contains(a) != s.Contains(x) {
				t.Fatalf("%v becomes %v: %v holds one of them", a, x, s)
			}
		}
		for name, is := range map[string]func(netip.Addr) bool{
			"loopback": netip.Addr.IsLoopback, "private": netip.Addr.IsPrivate, "link-local": netip.Addr.IsLinkLocalUnicast,
			"multicast": netip.Addr.IsMulticast, "unspecified": netip.Addr.IsUnspecified,
		} {
			if is(a) != is(x) {
				t.Fatalf("%v becomes %v: one of them is %s", a, x, name)
			}
		}
		if fixed := func(a netip.Addr) bool {
			return a.IsLoopback() || a.Unmap().IsLoopback() || a.IsUnspecified() || a.Unmap().IsUnspecified() || a.Unmap() == netip.MustParseAddr("255.255.255.255")
		}; fixed(a) || fixed(b) {
			return
		}
		if !a.Is4In6() && !b.Is4In6() && common(a, b) != common(x, y) {
			t.Fatalf("%v and %v have %d bits in common, %v and %v %d", a, b, common(a, b), x, y, common(x, y))
		}
	})
}

func common(a, b netip.Addr) int {
	for n := a.BitLen(); n > 0; n-- {
		if p, _ := a.Prefix(n); p.Contains(b) {
			return n
		}
	}
	return 0
}

func TestRedactReplacesTheSameByTheSame(t *testing.T) {
	files := []taken{
		{path: "etc/nginx/sites-enabled/shop.acme.test.conf", data: []byte("upstream api { server db1.acme.test:8080; server 10.1.2.3:80; }\nserver { server_name shop.acme.test *.acme.test; listen 8.8.4.4:443; location /api/ { proxy_pass http://api; } allow 10.1.0.0/16; }\n")},
		{path: "var/log/nginx/error.log", data: []byte(`2026/11/30 01:27:28 [error] 1#1: *7 connect() failed (111: Connection refused) while connecting to upstream, client: 2600:1f18::5, server: shop.acme.test, request: "GET /api/ HTTP/1.1", upstream: "http://10.1.2.3:80/api/", host: "shop.acme.test"` + "\n")},
		{path: "evidence/ss-tanp.txt", data: []byte("ESTAB 0 0 10.1.2.3:80 [2600:1f18::5]:4433\n")},
		{path: "evidence/proc-net-tcp.txt", data: []byte("   0: 0302010A:0050 00000000:0000 0A\n")},
		{path: "evidence/proc-net-tcp6.txt", data: []byte("   0: 181F0026000000000000000005000000:1151 00000000000000000000000000000000:0000 0A\n")},
		{path: "etc/hosts", data: []byte("127.0.0.1 localhost\n10.1.2.3 db1.acme.test db1\n")},
		{path: "evidence/nginx-V.txt", data: []byte("nginx version: nginx/1.22.1.4\n")},
	}
	m := &snapshot.Manifest{Host: "web-17.acme.test", Items: []snapshot.Item{{Path: files[0].path, Source: "/" + files[0].path}}}
	redact(files, m, []byte("salt"))
	all := m.Host + m.Items[0].Path + m.Items[0].Source + show(files)
	for _, s := range []string{"acme", "shop", "db1", "web-17", "10.1.2.3", "10.1.0", "2600:1f18", "8.8.4.4", "0302010A", "181F0026"} {
		if strings.Contains(all, s) {
			t.Errorf("%s is left in\n%s", s, all)
		}
	}
	k := newMasker([]byte("salt"))
	backend, client := k.address(netip.MustParseAddr("10.1.2.3")), k.address(netip.MustParseAddr("2600:1f18::5"))
	b := backend.As4()
	for _, want := range []string{
		"server " + backend.String() + ":80;", `upstream: "http://` + backend.String() + ":80/api/", "client: " + client.String() + ",",
		backend.String() + ":80 [" + client.String() + "]:4433", "127.0.0.1 localhost", "nginx/1.22.1.4",
		strings.ToUpper(hexOf(b[3], b[2], b[1], b[0])) + ":0050", "location /api/", "/16;",
		"server_name " + k.name("shop.acme.test") + " *." + k.name("acme.test") + ";",
		"proxy_pass http://" + k.name("api") + ";", "sites-enabled/" + k.name("shop.acme.test") + ".conf",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is missing in\n%s", want, all)
		}
	}
}

func hexOf(b ...byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

// TestRedactLater holds that a snapshot redacted later is the one that would have been
// collected so.
func TestRedactLater(t *testing.T) {
	root, canaries := plantedHost(t)
	salt := []byte("salt")
	dir := t.TempDir()
	plain, later := filepath.Join(dir, "plain.tar.gz"), filepath.Join(dir, "later.tar.gz")
	if _, err := ToFile(t.Context(), Local{Root: root}, Options{Timeout: 10 * time.Second, Collector: "test", Now: time.Unix(1e9, 0)}, plain); err != nil {
		t.Fatal(err)
	}
	if problems, err := RedactFile(plain, later, salt); err != nil || problems != nil {
		t.Fatal(err, problems)
	}
	data, err := os.ReadFile(later)
	if err != nil {
		t.Fatal(err)
	}
	s := opened(t, data)
	leaks(t, s, canaries)
	if !s.Manifest.Redacted || !s.Manifest.Complete || s.Manifest.Host == "web-17" {
		t.Errorf("the manifest says %+v", s.Manifest)
	}
	got, want := contents(t, s), contents(t, collected(t, root, salt))
	for name, text := range want {
		moves := name == snapshot.ManifestName || strings.HasPrefix(name, "evidence/ss-") || strings.HasPrefix(name, "evidence/ip-") || strings.HasPrefix(name, "evidence/dmesg")
		if got[name] != text && !moves {
			t.Errorf("%s: %s", name, firstDifference(got[name], text))
		}
	}
	if _, err := RedactFile(filepath.Join(root, "etc/hosts"), later, salt); err == nil {
		t.Error("what is no snapshot is redacted")
	}
}
