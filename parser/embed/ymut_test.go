package embed

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tcplint/tcplint/parser/source"
)

func TestYMut(t *testing.T) {
	if os.Getenv("YM") == "" {
		t.Skip()
	}
	as, _ := filepath.Glob("testdata/carriers/yaml*.txtar")
	r := rand.New(rand.NewSource(time.Now().UnixNano()))
	var texts []string
	for _, a := range as {
		ar, _ := txtar.ParseFile(a)
		texts = append(texts, string(ar.Files[0].Data))
	}
	end := time.Now().Add(100 * time.Second)
	n, made := 0, 0
	var worst time.Duration
	for time.Now().Before(end) {
		b := []byte(texts[r.Intn(len(texts))])
		for k := r.Intn(8); k >= 0; k-- {
			i := r.Intn(len(b))
			switch r.Intn(5) {
			case 0:
				b = append(b[:i], b[i+1:]...)
			case 1:
				b[i] = "{}()[]'\"$\\\n#<|:;,=@/ -%&*!>\r"[r.Intn(30)]
			case 2:
				j := i + r.Intn(min(len(b)-i, 60))
				b = append(b[:i:i], b[j:]...)
			case 3:
				j := i + r.Intn(min(len(b)-i, 60))
				b = append(b[:j:j], append(append([]byte{}, b[i:j]...), b[j:]...)...)
			case 4:
				b = append(b[:i:i], append([]byte{"{}[]'\"|>&\n {%"[r.Intn(13)]}, b[i:]...)...)
			}
			if len(b) < 3 {
				break
			}
		}
		for _, name := range []string{"a.yaml", "a.yaml.j2", "x.sls"} {
			t0 := time.Now()
			f := source.NewFile(name, string(b))
			found := readYAML(f)
			checkTexts(t, f, found, readYAML)
			if len(found.Texts) > 4 {
				k := r.Intn(len(found.Texts) - 3)
				found.Texts = found.Texts[k : k+3]
			}
			m := 0
			if r.Intn(4) == 0 {
				m, _ = checkSquares(t, found)
			}
			made += m
			if d := time.Since(t0); d > worst {
				worst = d
				os.WriteFile("/tmp/y/slow", b, 0o644)
			}
			n++
			if t.Failed() {
				os.WriteFile("/tmp/y/fail", b, 0o644)
				t.Fatal(name)
			}
		}
	}
	fmt.Println(n, made, worst)
}
