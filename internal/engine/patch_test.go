package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// TestPatch makes the fix of one finding and leaves another alone, even where both stand
// on one line.
func TestPatch(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"a line of its own": {
			"location / {\n            proxy_pass http://app;\n        }",
			"location / {\n            proxy_pass http://app;\n            proxy_http_version 1.1;\n            proxy_set_header Connection \"\";\n        }",
		},
		"one line": {
			"location / { proxy_pass http://app; }",
			"location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\"; }",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			around := func(text string) string {
				return "events {}\nhttp {\n    upstream app { server 10.0.0.1:80; keepalive 4; keepalive_timeout 1s; }\n    server {\n        " + text + "\n    }\n}\n"
			}
			ws, err := workspace.Open(workspace.Memory(map[string]string{"nginx.conf": around(test.text)}), workspace.Options{})
			if err != nil {
				t.Fatal(err)
			}
			cache := NewCache()
			res, err := Check(t.Context(), ws, Options{Cache: cache})
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, f := range res.Findings {
				seen[f.Rule.ID] = true
			}
			if !seen["nginx-proxy-http10"] || !seen["nginx-host-header-upstream-name"] {
				t.Fatalf("the findings are %v", seen)
			}
			fixed, err := Patch(t.Context(), ws, func(f *lint.Finding) bool { return f.Rule.ID == "nginx-proxy-http10" }, Options{Cache: cache})
			if err != nil {
				t.Fatal(err)
			}
			if len(fixed.Changes) != 1 {
				t.Fatalf("%d files are changed; refused: %v", len(fixed.Changes), fixed.Result.Dropped)
			}
			if diff := cmp.Diff(around(test.want), fixed.Changes[0].New.Text); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
