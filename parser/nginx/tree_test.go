package nginx_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

func TestDirective(t *testing.T) {
	const text = "# top\nserver {\n  listen \"80\" ssl ; # why\n}\n"
	tree := nginx.Parse(source.NewFile("f", text))
	d := find(t, tree, "listen")
	var args []string
	for _, a := range d.Args().All() {
		args = append(args, a.Value+"|"+tree.File.Slice(a.Span)+"|"+strings.Trim(string(a.Quote), "\x00"))
	}
	if diff := cmp.Diff([]string{`80|"80"|"`, "ssl|ssl|"}, args); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	for i, want := range map[int]string{-2: "", 0: "80", 1: "ssl", 2: ""} {
		if got := d.Arg(i); got != want {
			t.Errorf("Arg(%d) = %q, want %q", i, got, want)
		}
	}
	var comments []string
	for c := range tree.Comments() {
		comments = append(comments, tree.File.Slice(c))
	}
	server := d.In.Owner()
	got := map[string]string{
		"directive": tree.File.Slice(d.Span()),
		"head":      tree.File.Slice(d.Head()),
		"owner":     tree.File.Slice(server.Head()),
		"body":      tree.File.Slice(server.Body().Span()),
		"block":     tree.File.Slice(server.Span()),
		"comments":  strings.Join(comments, "|"),
		"file":      d.File().Path,
	}
	want := map[string]string{
		"directive": `listen "80" ssl ;`,
		"head":      `listen "80" ssl`,
		"owner":     "server",
		"body":      "\n  listen \"80\" ssl ; # why\n",
		"block":     text[6 : len(text)-1],
		"comments":  "# top|# why",
		"file":      "f",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWalk(t *testing.T) {
	tree := nginx.Parse(source.NewFile("f", "a { b; c { d; } } e;"))
	var got []string
	for d := range tree.Root.Walk() {
		got = append(got, d.Name())
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for stop := range got {
		var some []string
		for d := range tree.Root.Walk() {
			if some = append(some, d.Name()); len(some) > stop {
				break
			}
		}
		if diff := cmp.Diff(got[:stop+1], some); diff != "" {
			t.Errorf("stopped behind %d (-want +got):\n%s", stop, diff)
		}
	}
}
