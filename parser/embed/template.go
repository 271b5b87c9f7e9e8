package embed

import "github.com/tcplint/tcplint/parser/source"

// Template returns the text of a template as far as it is known without
// rendering it: a view of the same length, in which all code of the template is
// masked. Language is what detect says; f may be a view itself.
func Template(f *source.File, sysctl bool) *source.File {
	_ = sysctl
	return f
}
