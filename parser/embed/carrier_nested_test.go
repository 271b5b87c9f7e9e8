package embed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/embed/tuned"
	"github.com/tcplint/tcplint/parser/source"
)

// readBlock takes the lines behind the first one for a block that is indented by
// four blanks, and reads that on, as a reader of manifests does.
func readBlock(read func(*source.File) []carrier.Text) func(*source.File) carrier.Found {
	var outer func(*source.File) carrier.Found
	outer = func(disk *source.File) carrier.Found {
		var body carrier.Phrase
		start := 0
		for line := range strings.Lines(disk.Text) {
			if start > 0 {
				body = append(body, carrier.Literal(disk, start+carrier.Dedent(line, "    "), start+len(line))...)
			}
			start += len(line)
		}
		block := body.Within(disk)
		block.Path = disk.Path + "#script"
		block.View.Where, block.View.Encoding, block.View.Extract = "script", source.Encoding{Prefix: "    "}, carrier.Again(outer)
		return carrier.Found{Texts: read(block)}
	}
	return outer
}

func TestNestedCarriers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		read       func(*source.File) []carrier.Text
		disk, path string // path is that of the text
		old, new   string // what is replaced in the text
		want       string // on disk
	}{
		{
			"a tuned profile", tuned.Texts, "profile: |\n    [sysctl]\n    vm.a = \"1\"\n    vm.b = 2\n", "f.yaml#script#[sysctl]",
			"vm.a = 1\n", "# c\nvm.a = 3\n", "profile: |\n    [sysctl]\n    # c\n    vm.a = 3\n    vm.b = 2\n",
		},
		{
			"a value in a script", shell.Texts, "args: |\n    set -e\n    sysctl -w vm.a=1\n", "f.yaml#script#sysctl",
			"1", "2", "args: |\n    set -e\n    sysctl -w vm.a=2\n",
		},
		{
			"a here-document in a script", shell.Texts, "args: |\n    cat > nginx.conf <<EOF\n    server {\n      listen 1;\n    }\n    EOF\n", "f.yaml#script#nginx.conf",
			"  listen 1;\n", "  listen 1;\n  set $a 1;\n", "args: |\n    cat > nginx.conf <<EOF\n    server {\n      listen 1;\n      set \\$a 1;\n    }\n    EOF\n",
		},
		{
			"tabs in a here-document in a script", shell.Texts, "args: |\r\n    cat > nginx.conf <<-'EOF'\r\n    \tserver {\r\n    \tlisten 1;\r\n    \t}\r\n    \tEOF\r\n", "f.yaml#script#nginx.conf",
			"listen 1;\n", "listen 1;\nset $a 1;\n", "args: |\r\n    cat > nginx.conf <<-'EOF'\r\n    \tserver {\r\n    \tlisten 1;\r\n    \tset $a 1;\r\n    \t}\r\n    \tEOF\r\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk := source.NewFile("f.yaml", tt.disk)
			read := readBlock(tt.read)
			found := read(disk)
			embedtest.CheckTexts(t, disk, found, read)
			embedtest.CheckSquares(t, found)
			if len(found.Texts) != 1 || found.Texts[0].File.Path != tt.path {
				t.Fatalf("found %s", embedtest.Describe(found))
			}
			text := found.Texts[0].File
			i := strings.Index(text.Text, tt.old)
			if i < 0 {
				t.Fatalf("no %q in %q", tt.old, text.Text)
			}
			out, err := source.Rewrite(map[*source.File][]source.Edit{
				text: {{Span: source.Span{Start: i, End: i + len(tt.old)}, New: tt.new}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, out.Disk["f.yaml"].Text); diff != "" {
				t.Errorf("on disk (-want +got):\n%s", diff)
			}
		})
	}
}
