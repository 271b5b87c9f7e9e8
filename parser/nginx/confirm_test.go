package nginx_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// TestConfirm asks nginx itself about the rows: it must accept what Parse
// accepts and refuse the rest with the same words in the same line. Only rows
// whose directives some block of nginx takes can be asked about. In a types
// block nginx takes any words, but no blocks.
func TestConfirm(t *testing.T) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
			t.Fatal(err)
		}
		t.Skipf("no nginx to ask: %v", err)
	}
	dir := t.TempDir()
	for _, row := range rows {
		if row.inside == "" {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			for _, in := range row.in {
				want := ""
				tree := nginx.Parse(source.NewFile("f", in))
				if len(tree.Errors) > 0 {
					e := tree.Errors[0]
					want = fmt.Sprintf("%s in %s:%d", e.Msg, filepath.Join(dir, "row.conf"), tree.File.Position(e.Span.Start).Line)
				}
				if got := ask(t, path, dir, row.inside, in); got != want {
					t.Errorf("%q: nginx says %q, Parse %q", clip(in), got, want)
				}
			}
		})
	}
}

// ask has nginx test a file that is included inside a block of the http block.
// It returns nginx's error message, or "" if there is none.
func ask(t *testing.T, nginx, dir, block, text string) string {
	t.Helper()
	// The included file keeps its own line numbers and must balance its own
	// braces, as a file that stands alone.
	main := strings.NewReplacer("BLOCK", block, "DIR", dir).Replace(`
		pid DIR/nginx.pid;
		error_log stderr;
		events {}
		http {
			access_log off;
			client_body_temp_path DIR/tmp;
			proxy_temp_path DIR/tmp;
			fastcgi_temp_path DIR/tmp;
			uwsgi_temp_path DIR/tmp;
			scgi_temp_path DIR/tmp;
			BLOCK { include DIR/row.conf; }
		}
	`)
	for name, content := range map[string]string{"nginx.conf": main, "row.conf": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), nginx, "-t", "-q", "-e", "stderr", "-p", dir, "-c", filepath.Join(dir, "nginx.conf")).CombinedOutput()
	if err == nil {
		return ""
	}
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		t.Fatal(err)
	}
	_, msg, _ := strings.Cut(string(out), "[emerg] ")
	_, msg, _ = strings.Cut(msg, ": ") // behind the number of the process
	msg, _, _ = strings.Cut(msg, "\nnginx: ")
	return strings.TrimSuffix(msg, "\n")
}
