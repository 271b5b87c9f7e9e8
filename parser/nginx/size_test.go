package nginx

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/tcplint/tcplint/parser/source"
)

// bytes is the memory that the lists of a tree take, the room at their ends included.
func (p *parts[T]) bytes() (n int) {
	var item T
	for _, part := range p.list {
		n += cap(part) * int(unsafe.Sizeof(item))
	}
	return n + cap(p.list)*int(unsafe.Sizeof(p.list[0]))
}

// TestTreeIsSmall counts what trees take: repositories of others decide how much there
// is to be read.
func TestTreeIsSmall(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		text string // again and again
		most float64
	}{
		"directives":    {"    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n", 0.8},
		"short ones":    {"a b;\n", 8.5},
		"servers":       {"server { listen 80; server_name a; }\n", 4.2},
		"servers alone": {"server{}\n", 7.5},
		"many words":    {"server_name " + strings.Repeat("a.example.com ", 3000) + ";\n", 0.7},
		"comments":      {"# just a comment line, nothing else here to see\n", 0.1},
		"empty ones":    {"#\n", 2.2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat(row.text, 1<<20/len(row.text))
			tree := Parse(source.NewFile("f", text))
			if len(tree.Errors) > 0 {
				t.Fatal(tree.Errors)
			}
			n := tree.directives.bytes() + tree.blocks.bytes() + tree.words.bytes() + tree.comments.bytes()
			if got := float64(n) / float64(len(text)); got > row.most {
				t.Errorf("the tree takes %.2f bytes for each byte of the text, at most %.2f are expected", got, row.most)
			}
		})
	}
}
