package embedtest

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// Fuzz checks the laws for any text in a carrier of this name. The seeds
// are the archives of the carriers, whatever their kind.
func Fuzz(f *testing.F, name string, read func(*source.File) carrier.Found) {
	f.Helper()
	for _, a := range Archives(f, "*.txtar") {
		ar, err := txtar.ParseFile(a)
		if err != nil {
			f.Fatal(err)
		}
		text := string(ar.Files[0].Data)
		f.Add(text)
		f.Add(strings.ReplaceAll(text, "\n", "\r\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile(name, text)
		found := read(file)
		CheckTexts(t, file, found, read)
		const enough = 3
		if len(found.Texts) > enough {
			found.Texts = found.Texts[:enough]
		}
		CheckSquares(t, found)
	})
}
