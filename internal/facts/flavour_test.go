package facts

import "testing"

func TestParseServer(t *testing.T) {
	for _, tt := range []struct {
		in, name string
		want     Range
		asks     bool
	}{
		{"1.28.0", "nginx", Only(V(1, 28, 0)), false},
		{"nginx-1.24", "nginx", Only(V(1, 24, 0)), false},
		{"openresty-1.27.1.2", "openresty", Only(V(1, 27, 1)), false},
		{"OpenResty/1.21.4", "openresty", Only(V(1, 21, 4)), false},
		{"angie-1.12", "angie", Only(V(1, 31, 2)), true},
		{"angie-1.10.2", "angie", Range{OldestNginx, ReuseByDefault}, true},
		{"tengine-3.2.0", "tengine", Only(V(1, 31, 3)), false},
		{"tengine-3.1.0", "tengine", Range{OldestNginx, ReuseByDefault}, false},
		{"freenginx-1.27.2", "freenginx", Only(V(1, 27, 2)), false},
	} {
		f, got, err := ParseServer(tt.in)
		if err != nil || f.Name != tt.name || got != tt.want || f.AsksForPools != tt.asks {
			t.Errorf("ParseServer(%q) = %s, %v, %v; want %s, %v", tt.in, f.Name, got, err, tt.name, tt.want)
		}
	}
	for in, want := range map[string]string{
		"apache-2.4": `"apache" is not a server that reads nginx configuration: want one of angie, freenginx, nginx, openresty, tengine`,
		"latest":     `"latest" is not a version: want up to three numbers, such as 1.28.0 or 6.1`,
		"":           `"" is not a version: want up to three numbers, such as 1.28.0 or 6.1`,
	} {
		if _, _, err := ParseServer(in); err == nil || err.Error() != want {
			t.Errorf("ParseServer(%q): %v, want %s", in, err, want)
		}
	}
}

// TestAngie has what "angie -t" of Angie 1.12.1 says otherwise than nginx 1.31.2, on
// which it stands.
func TestAngie(t *testing.T) {
	angie, _, err := ParseServer("angie-1.12.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"add_header_inherit", "add_trailer_inherit", "keepalive_min_timeout"} {
		if angie.Knows(name) || !Nginx().Knows(name) {
			t.Errorf("%s: Angie knows it: %t, nginx: %t", name, angie.Knows(name), Nginx().Knows(name))
		}
	}
	for _, name := range []string{"early_hints", "max_headers", "tunnel_pass", "least_time", "proxy_ssl_alpn"} {
		if !angie.Knows(name) {
			t.Errorf("Angie does not know %s", name)
		}
	}
	if !angie.AlsoIn("proxy_http_version").Has(If) || Nginx().AlsoIn("proxy_http_version") != 0 || angie.AlsoIn("proxy_pass") != 0 {
		t.Error("proxy_http_version is for Angie to take in if, and nothing else")
	}
}
