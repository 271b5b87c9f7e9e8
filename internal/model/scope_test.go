package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/model"
)

// TestScope looks at what scopes know about themselves.
func TestScope(t *testing.T) {
	t.Parallel()
	h := build(t, inherited)
	named, nested := at(t, h, "location @named"), at(t, h, "location /own/nested")
	if !named.Named() || nested.Named() || h.Nginx.Root.Named() {
		t.Error("Named")
	}
	if got := nested.Outer(model.Server); got == nil || got.Label() != "server" {
		t.Errorf("Outer(Server) = %v", got)
	}
	if got := nested.Outer(model.Location); got != nested {
		t.Error("Outer does not begin with the scope itself")
	}
	if nested.Outer(model.Upstream) != nil {
		t.Error("a location is inside an upstream")
	}
	var walked []string
	for s := range at(t, h, "location /own").Walk() {
		walked = append(walked, s.Kind.String()+" "+s.Label())
	}
	want := []string{"location location /own", "location location /own/nested", "if if ($args)", "limit_except limit_except GET"}
	if diff := cmp.Diff(want, walked); diff != "" {
		t.Errorf("Walk (-want +got):\n%s", diff)
	}
	for s := range h.Nginx.Root.Walk() {
		if s.Kind == model.HTTP {
			break // must not go on
		}
	}
	if set, ok := at(t, h, "location /included").Own("proxy_set_header"); !ok || set.Arg(0) != "X-Own" || at(t, h, "http").Via(set) != nil {
		t.Errorf("Own is %v, %v", set, ok)
	}
	s := at(t, h, "http")
	if set, ok := s.Own("send_timeout"); !ok || s.Via(set) == nil || s.Via(set).Pattern() != "common/*.conf" {
		t.Errorf("an included setting does not know its include: %v, %v", set, ok)
	}
	kinds := map[string]model.Kind{"if ($args)": model.If, "main": model.Main, "events": model.Events, "upstream app": model.Upstream}
	for label, kind := range kinds {
		if got := find(t, h, label).Kind; got != kind {
			t.Errorf("%s is a %s", label, got)
		}
	}
	// The last scope of that label is the one in the server.
	var last model.Kind
	for _, s := range h.Nginx.Scopes {
		if s.Label() == "if ($args)" {
			last = s.Kind
		}
	}
	if last != model.ServerIf {
		t.Errorf("an if in a server is a %s", last)
	}
}

func TestParseKind(t *testing.T) {
	t.Parallel()
	for k := model.Main; k <= model.StreamUpstream; k++ {
		if got, ok := model.ParseKind(k.String()); !ok || got != k {
			t.Errorf("ParseKind(%q) = %v, %v", k.String(), got, ok)
		}
	}
	for _, name := range []string{"", "unknown", "other", "HTTP", "httpd"} {
		if k, ok := model.ParseKind(name); ok {
			t.Errorf("ParseKind(%q) = %v", name, k)
		}
	}
}
