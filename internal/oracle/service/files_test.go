package service

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/unit"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// real are the files below the folders of TCPLINT_CORPUS and of the machine's units,
// as far as they are there, whose names are wanted.
func real(t *testing.T, wanted func(name string) bool) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, root := range []string{os.Getenv("TCPLINT_CORPUS"), "/lib/systemd/system"} {
		if root == "" {
			continue
		}
		_ = filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error { // what is not there is not read
			if err == nil && e.Type().IsRegular() && wanted(filepath.Base(p)) {
				if text, err := os.ReadFile(p); err == nil {
					out[p] = string(text)
				}
			}
			return nil
		})
	}
	return out
}

// TestUnits reads units as go-systemd does.
func TestUnits(t *testing.T) {
	t.Parallel()
	files := real(t, func(name string) bool {
		return slices.Contains([]string{".service", ".socket", ".timer", ".mount"}, filepath.Ext(name))
	})
	maps.Copy(files, map[string]string{
		"plain":      "[Unit]\nDescription=a\n[Service]\nExecStart=/bin/a b\n",
		"continued":  "[Service]\nExecStart=/bin/a \\\n    b \\\n    c\nLimitNOFILE=4\n",
		"comments":   "# a\n; b\n[Service]\n# c\nUser=d\n",
		"spaces":     "[Service]\n  User = d  \nGroup=\n",
		"equals":     "[Service]\nEnvironment=A=B \"C=D E\"\n",
		"reset":      "[Service]\nExecStart=\nExecStart=/bin/b\n",
		"no newline": "[Service]\nUser=d",
		"comment in": "[Service]\nExecStart=/bin/a \\\n# note\n    b\nUser=d\n",
	})
	for name, text := range files {
		theirs, err := unit.DeserializeOptions(strings.NewReader(text))
		if err != nil {
			continue // not a unit for them
		}
		ours := service.ReadUnit(source.NewFile(name, text))
		var a, b []string
		for _, o := range theirs {
			a = append(a, o.Section+"/"+o.Name+"="+words(o.Value))
		}
		for _, l := range ours {
			b = append(b, l.Section+"/"+l.Key+"="+words(l.Value))
		}
		if name == "comment in" {
			continue // systemd leaves the comment out (systemd.syntax(7)), go-systemd does not
		}
		if !slices.Equal(a, b) {
			t.Errorf("%s: go-systemd reads %q, and here is read %q", name, a, b)
		}
	}
	t.Logf("%d units", len(files))
}

// words are those of a value, with the ends of continued lines taken for blanks.
func words(value string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(value, "\\\n", " ")), " ")
}

// TestDockerfiles reads the instructions of Dockerfiles as BuildKit does.
func TestDockerfiles(t *testing.T) {
	t.Parallel()
	files := real(t, func(name string) bool { return strings.Contains(name, "Dockerfile") || name == "Containerfile" })
	maps.Copy(files, map[string]string{
		"plain":     "FROM a AS b\nRUN c\nCMD [\"d\", \"e\"]\n",
		"continued": "FROM a\nRUN b \\\n  && c \\\n  # note\n\n  && d\nCMD e\\\nf\n",
		"heredoc":   "FROM a\nRUN <<EOF\nCMD no\nEOF\nCOPY <<A <<-B /x/\none\nA\n\ttwo\n\tB\nCMD yes\n",
		"case":      "from a\nrun b\nEntryPoint [ \"c\" ]\n",
		"tabs":      "FROM\ta\n\tEXPOSE\t80\n",
		"comments":  "# syntax=docker/dockerfile:1\n#b\nFROM a # not one\n  # c\nCMD d\n",
		"trailing":  "FROM a\nRUN b \\  \n  c\n",
		"env":       "FROM a\nENV A=b \\\n    C=\"d e\"\nENV F g h\n",
		"end":       "FROM a\nCMD b \\",
		"crlf":      "FROM a\r\nRUN b \\\r\n  c\r\nCMD d\r\n",
	})
	for name, text := range files {
		theirs, err := parser.Parse(strings.NewReader(text))
		if err != nil {
			continue // Docker refuses it
		}
		var a, b []string
		for _, n := range theirs.AST.Children {
			a = append(a, words(strings.ToUpper(n.Value)+" "+rest(n.Original)))
		}
		for _, i := range service.Instructions(source.NewFile(name, text)) {
			b = append(b, words(i.Name+" "+i.Text))
		}
		if !slices.Equal(a, b) {
			t.Errorf("%s: BuildKit reads %q, and here is read %q", name, a, b)
		}
	}
	t.Logf("%d Dockerfiles", len(files))
}

// rest is an instruction without its name.
func rest(line string) string {
	line = strings.TrimLeft(line, " \t")
	return line[strings.IndexFunc(line+" ", func(r rune) bool { return r == ' ' || r == '\t' }):]
}
