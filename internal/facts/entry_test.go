package facts

import (
	"slices"
	"strings"
	"testing"
)

// changesOf are the changes of a name's form as "version: what".
func changesOf(t *testing.T, name, module string) []string {
	t.Helper()
	e, ok := EntryOf(name)
	if !ok {
		t.Fatalf("%s is not known", name)
	}
	var out []string
	for _, f := range e.Forms {
		if f.Module != module {
			continue
		}
		for _, c := range f.Changes {
			out = append(out, c.Version+": "+c.What)
			if !strings.HasPrefix(c.Source, "https://") && e.Kind == "nginx directive" {
				t.Errorf("%s: the source of %q is %q", name, c.What, c.Source)
			}
		}
	}
	return out
}

func TestEntryChanges(t *testing.T) {
	for _, test := range []struct {
		name, module string
		want         []string
	}{
		{"proxy_http_version", "ngx_http_proxy_module", []string{
			"1.1.4: new", "1.29.4: accepts 1.0, 1.1 or 2, before 1.0 or 1.1", "1.29.7: default 1.1, was 1.0",
		}},
		{"keepalive", "ngx_http_upstream_keepalive_module", []string{
			"1.1.4: new", "1.7.5: takes 1 argument, before 1 to 2 arguments",
			"1.29.7: accepts a number, before a number from 1 on", "1.29.7: default 32 local, was off", "1.29.7: takes 1 to 2 arguments, before 1 argument",
		}},
		{"http2_push", "ngx_http_v2_module", []string{"1.13.9: new", "1.25.1: no effect any more, with a warning"}},
		{"spdy_headers_comp", "ngx_http_v2_module", []string{"1.3.15: new", "1.19.7: gone"}},
		{"net.core.somaxconn", "", []string{"5.4: default 4096, was 128"}},
		// No tree between 4.16 and 4.18 was read.
		{"net.ipv4.tcp_tw_reuse", "", []string{"4.18: default 2"}},
		{"net.ipv4.tcp_tw_recycle", "", []string{"4.12: gone"}},
		{"net/ipv4/tcp_rmem", "", []string{"7.2: accepts 4096 to 2147483647"}},
	} {
		if got := changesOf(t, test.name, test.module); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// One name in two modules has two entries, each with its own default.
func TestEntryOfTwoModules(t *testing.T) {
	e, _ := EntryOf("keepalive_timeout")
	var defaults []string
	for _, f := range e.Forms {
		defaults = append(defaults, f.Defaults[0].Value)
	}
	if want := []string{"75s", "60s"}; !slices.Equal(defaults, want) {
		t.Errorf("defaults are %q, want %q", defaults, want)
	}
}

// Everything in the tables has an entry, and none is without versions.
func TestEntryOfEverything(t *testing.T) {
	var names []string
	for i := range directives {
		names = append(names, directives[i].Name)
	}
	for i := range params {
		names = append(names, params[i].Key)
	}
	for _, name := range slices.Compact(names) {
		e, ok := EntryOf(name)
		if !ok {
			t.Errorf("%s has no entry", name)
			continue
		}
		for _, f := range e.Forms {
			if f.Versions == "" || f.Takes == "" || f.Source == "" {
				t.Errorf("%s: an entry without versions, arguments or source: %+v", name, f)
			}
			if !slices.IsSortedFunc(f.Changes, func(a, b Change) int { return a.Release.Compare(b.Release) }) {
				t.Errorf("%s: changes are not in order: %+v", name, f.Changes)
			}
		}
	}
}

// What lies between the releases that were read is not claimed for either reading.
func TestEntryLimits(t *testing.T) {
	for _, test := range []struct {
		name string
		want []string
	}{
		{"proxy_limit_rate", []string{
			"a size such as 4096, 8k or 1m, without g: nginx 1.7.7 to before 1.26.4",
			"a size such as 4096, 8k or 1m, without g, or a variable: nginx 1.27.0 and later",
		}},
		{"proxy_http_version", []string{"1.0 or 1.1: nginx 1.1.4 to before 1.29.4", "1.0, 1.1 or 2: nginx 1.29.4 and later"}},
	} {
		e, _ := EntryOf(test.name)
		var got []string
		for _, l := range e.Forms[0].Limits {
			got = append(got, l.Value+": "+l.Versions)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// A parameter is not as old as its directive where nothing so old was read: reuseport
// came with 1.9.1, listen with the first release.
func TestParameterVersions(t *testing.T) {
	for name, want := range map[string]string{
		"listen.reuseport": "nginx 1.18.0 and later, and perhaps older ones",
		"server.resolve":   "nginx 1.27.3 and later",
		"keepalive.local":  "nginx 1.29.7 and later",
	} {
		if e, ok := EntryOf(name); !ok || e.Forms[0].Versions != want {
			t.Errorf("%s: %q, want %q", name, e.Forms[0].Versions, want)
		}
	}
}
