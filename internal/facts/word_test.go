package facts

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"listen", "server", "proxy_http_version", "keepalive", "proxy_next_upstream", "proxy_set_header", "ssl_protocols", "use", "error_log"} {
		if len(Directives(name)) == 0 {
			t.Errorf("%s is no directive", name)
		}
		if len(WordsOf(name, NginxWindow())) == 0 {
			t.Errorf("%s has no words", name)
		}
	}
	if slices.Contains(WordsOf("server", Only(V(1, 26, 0))), "resolve") {
		t.Error("1.26.0 knows no resolve")
	}
	if !slices.Contains(WordsOf("server", Only(V(1, 28, 0))), "resolve") {
		t.Error("1.28.0 knows resolve")
	}
	for _, stream := range []bool{false, true} {
		if !slices.IsSorted(Variables(stream)) {
			t.Errorf("stream %v: the variables are not sorted", stream)
		}
	}
}
