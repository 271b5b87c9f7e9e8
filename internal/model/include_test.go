package model_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
)

var problemNames = map[model.Problem]string{
	model.Unseen: "unseen", model.Missing: "missing", model.Cycle: "cycle", model.Broken: "broken", model.Unreadable: "unreadable",
}

// includes writes what became of every include, a line each.
func includes(h *model.Host) string {
	var b strings.Builder
	for _, inc := range h.Nginx.Includes {
		fmt.Fprintf(&b, "%s:", inc.Pattern())
		for _, f := range inc.Files {
			b.WriteString(" " + f.Path)
		}
		if inc.Problem != model.None {
			fmt.Fprintf(&b, " [%s: %s]", problemNames[inc.Problem], inc.Reason)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestInclude(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		archive string
		change  func(*model.Input)
		want    string
	}{
		{
			name: "relative to the main file's folder, never the including file's",
			archive: `-- etc/nginx.conf --
events {} include conf.d/a.conf;
-- etc/conf.d/a.conf --
include b.conf;
-- etc/b.conf --
-- etc/conf.d/b.conf --
`,
			want: "conf.d/a.conf: etc/conf.d/a.conf\nb.conf: etc/b.conf\n",
		},
		{
			name: "a wildcard: sorted by bytes, no dotfiles, no folders above",
			archive: `-- nginx.conf --
events {} include conf.d/*.conf;
-- conf.d/b.conf --
-- conf.d/a-1.conf --
-- conf.d/a.conf --
-- conf.d/B.conf --
-- conf.d/10.conf --
-- conf.d/9.conf --
-- conf.d/.hidden.conf --
-- conf.d/a.conf.bak --
-- conf.d/sub/a.conf --
-- other.conf --
`,
			want: "conf.d/*.conf: conf.d/10.conf conf.d/9.conf conf.d/B.conf conf.d/a-1.conf conf.d/a.conf conf.d/b.conf\n",
		},
		{
			name: "a dotfile that is asked for",
			archive: `-- nginx.conf --
events {} include conf.d/.*.conf;
-- conf.d/.a.conf --
-- conf.d/b.conf --
`,
			want: "conf.d/.*.conf: conf.d/.a.conf\n",
		},
		{
			name: "classes, negated both ways, and a question mark",
			archive: `-- nginx.conf --
events {} include [ab].conf; include [!ab].conf; include [^ab].conf; include [a-b].conf; include ?b.conf;
-- a.conf --
-- b.conf --
-- c.conf --
-- ab.conf --
`,
			want: "[ab].conf: a.conf b.conf\n[!ab].conf: c.conf\n[^ab].conf: c.conf\n[a-b].conf: a.conf b.conf\n?b.conf: ab.conf\n",
		},
		{
			name: "braces mean nothing",
			archive: `-- nginx.conf --
events {} include "{a,b}*.conf";
-- a.conf --
-- b.conf --
-- {a,b}1.conf --
`,
			want: "{a,b}*.conf: {a,b}1.conf\n",
		},
		{
			name: "a wildcard in a folder, sorted as whole paths",
			archive: `-- nginx.conf --
events {} include sites/*/nginx.inc; include s*/?/*.inc;
-- sites/b/nginx.inc --
-- sites/a/nginx.inc --
-- sites/a-1/nginx.inc --
-- sites/nginx.inc --
-- sites/a/x/nginx.inc --
-- sites/.git/nginx.inc --
`,
			want: "sites/*/nginx.inc: sites/a-1/nginx.inc sites/a/nginx.inc sites/b/nginx.inc\n" +
				"s*/?/*.inc: sites/a/nginx.inc sites/b/nginx.inc\n",
		},
		{
			name:    "no match is no fault",
			archive: "events {} include conf.d/*.conf; include *.none; include no/*/such.conf;\n",
			want:    "conf.d/*.conf:\n*.none:\nno/*/such.conf:\n",
		},
		{
			name:    "a literal that is not there",
			archive: "-- etc/nginx.conf --\nevents {} include conf.d/a.conf; include ../up.conf;\n",
			want:    "conf.d/a.conf: [missing: there is no file etc/conf.d/a.conf]\n../up.conf: [missing: there is no file up.conf]\n",
		},
		{
			name:    "a file that distributions ship",
			archive: "events {} include mime.types; include fastcgi_params;\n",
			want: `mime.types: [unseen: include "mime.types" cannot be seen here]
fastcgi_params: [unseen: include "fastcgi_params" cannot be seen here]
`,
		},
		{
			name: "a circle through two files",
			archive: `-- nginx.conf --
events {} include a.conf;
-- a.conf --
include b.conf;
-- b.conf --
include a.conf;
`,
			want: "a.conf: a.conf\nb.conf: b.conf\na.conf: a.conf [cycle: nginx.conf -> a.conf -> b.conf -> a.conf]\n",
		},
		{
			name: "a file that includes itself",
			archive: `-- nginx.conf --
events {} include nginx.conf;
`,
			want: "nginx.conf: nginx.conf [cycle: nginx.conf -> nginx.conf]\n",
		},
		{
			name: "a wildcard that finds its own file still reads the others",
			archive: `-- nginx.conf --
events {} include *.conf;
-- a.conf --
-- z.conf --
include b.inc;
-- b.inc --
`,
			want: "*.conf: a.conf nginx.conf z.conf [cycle: nginx.conf -> nginx.conf]\nb.inc: b.inc\n",
		},
		{
			name: "twice the same file is no circle",
			archive: `-- nginx.conf --
events {} include a.conf; include a.conf;
-- a.conf --
`,
			want: "a.conf: a.conf\na.conf: a.conf\n",
		},
		{
			name: "absolute, below the root",
			archive: `-- repo/etc/nginx/nginx.conf --
events {} include /etc/nginx/a.conf; include /etc/nginx/conf.d/*.conf; include /srv/b.conf; include conf.d/c.conf;
-- repo/etc/nginx/a.conf --
-- repo/etc/nginx/conf.d/c.conf --
`,
			change: func(in *model.Input) { in.Root = "repo" },
			want: "/etc/nginx/a.conf: repo/etc/nginx/a.conf\n" +
				"/etc/nginx/conf.d/*.conf: repo/etc/nginx/conf.d/c.conf\n" +
				"/srv/b.conf: [missing: there is no file repo/srv/b.conf]\n" +
				"conf.d/c.conf: repo/etc/nginx/conf.d/c.conf\n",
		},
		{
			name: "absolute, without a root: the main file's folder stands for /etc/nginx",
			archive: `-- repo/nginx/nginx.conf --
events {} include /etc/nginx/a.conf; include /etc/nginx/conf.d/*.conf; include /usr/local/etc/nginx/a.conf;
include /etc/nginx/none.conf; include /etc/nginx/none/*; include /srv/a.conf;
-- repo/nginx/a.conf --
-- repo/nginx/conf.d/b.conf --
`,
			want: "/etc/nginx/a.conf: repo/nginx/a.conf\n" +
				"/etc/nginx/conf.d/*.conf: repo/nginx/conf.d/b.conf\n" +
				"/usr/local/etc/nginx/a.conf: repo/nginx/a.conf\n" +
				"/etc/nginx/none.conf: [unseen: include \"/etc/nginx/none.conf\" cannot be seen here]\n" +
				"/etc/nginx/none/*: [unseen: include \"/etc/nginx/none/*\" cannot be seen here]\n" +
				"/srv/a.conf: [unseen: include \"/srv/a.conf\" cannot be seen here]\n",
		},
		{
			name: "absolute, and the main file is in its place",
			archive: `-- /etc/nginx/nginx.conf --
events {} include /etc/nginx/a.conf; include /etc/nginx/none.conf; include a*;
-- /etc/nginx/a.conf --
`,
			want: "/etc/nginx/a.conf: /etc/nginx/a.conf\n" +
				"/etc/nginx/none.conf: [missing: there is no file /etc/nginx/none.conf]\n" +
				"a*: /etc/nginx/a.conf\n",
		},
		{
			name: "a fragment's folder is not known: it and two around it are tried",
			archive: `-- etc/conf.d/app.conf --
server { include snippets/a.conf; include b.conf; include c.conf; include snippets/*.conf; }
-- etc/snippets/a.conf --
-- etc/conf.d/b.conf --
`,
			want: "snippets/a.conf: etc/snippets/a.conf\n" +
				"b.conf: etc/conf.d/b.conf\n" +
				"c.conf: [unseen: include \"c.conf\" cannot be seen here]\n" +
				"snippets/*.conf: etc/snippets/a.conf\n",
		},
		{
			name: "the folder of enabled sites is not there, an available one is attached",
			archive: `-- nginx.conf --
events {} http { include sites-enabled/*; include /etc/nginx/sites-enabled/*.conf; include conf.d/*.conf; }
-- sites-available/app --
server { }
`,
			change: func(in *model.Input) {
				in.Attach, _ = in.Reader.Read("sites-available/app")
			},
			want: "sites-enabled/*: sites-available/app\n/etc/nginx/sites-enabled/*.conf: sites-available/app\nconf.d/*.conf:\n",
		},
		{
			name:    "no reader",
			archive: "events {} include a.conf; include a*;\n",
			change:  func(in *model.Input) { in.Reader = nil },
			want: `a.conf: [unseen: include "a.conf" cannot be seen here]
a*: [unseen: include "a*" cannot be seen here]
`,
		},
		{
			name:    "place holders of templates",
			archive: "events {} include ${dir}/a.conf; include \"{{ path }}\"; include @dir@/*.conf; include <%=x%>*;\n",
			want: `${dir}/a.conf: [unseen: include "${dir}/a.conf" cannot be seen here]
{{ path }}: [unseen: include "{{ path }}" cannot be seen here]
@dir@/*.conf: [unseen: include "@dir@/*.conf" cannot be seen here]
<%=x%>*: [unseen: include "<%=x%>*" cannot be seen here]
`,
		},
		{
			name: "a file that does not parse, and one that cannot be read",
			archive: `-- nginx.conf --
events {} include bad.conf; include secret.conf; include *.inc;
-- bad.conf --
server {
-- secret.conf --
-- a.inc --
-- b.inc --
`,
			change: func(in *model.Input) {
				files, ok := in.Reader.(*modeltest.Files)
				if ok {
					files.Fail("secret.conf", errors.New("open secret.conf: permission denied"))
					files.Fail("a.inc", errors.New("open a.inc: permission denied"))
				}
			},
			want: "bad.conf: bad.conf [broken: bad.conf is not what nginx accepts]\n" +
				"secret.conf: [unreadable: open secret.conf: permission denied]\n" +
				"*.inc: b.inc [unreadable: open a.inc: permission denied]\n",
		},
		{
			name: "order: depth first, as nginx meets them",
			archive: `-- nginx.conf --
events {} include a.conf; include c.conf;
-- a.conf --
include b.conf;
-- b.conf --
-- c.conf --
`,
			want: "a.conf: a.conf\nb.conf: b.conf\nc.conf: c.conf\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := input(t, tt.archive)
			if tt.change != nil {
				tt.change(&in)
			}
			got := includes(model.Build(in))
			if diff := cmp.Diff(strings.SplitAfter(tt.want, "\n"), strings.SplitAfter(got, "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestFiles: every file is listed once, the main one first, sysctl files last.
func TestFiles(t *testing.T) {
	t.Parallel()
	h := build(t, `-- a.conf --
include b.conf;
-- nginx.conf --
events {} include a.conf; include a.conf; include b.conf;
-- b.conf --
-- unused.conf --
-- etc/sysctl.conf --
-- etc/sysctl.d/10.conf --
`)
	var got []string
	for _, f := range h.Files() {
		got = append(got, f.Path)
	}
	want := []string{"nginx.conf", "a.conf", "b.conf", "etc/sysctl.d/10.conf", "etc/sysctl.conf"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if files := (&model.Host{}).Files(); len(files) != 0 {
		t.Errorf("an empty host has files: %v", files)
	}
}
