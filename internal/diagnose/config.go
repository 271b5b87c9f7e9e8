package diagnose

import (
	"strings"

	"github.com/tcplint/tcplint/parser/nginx"
)

// parameter returns the value of a parameter such as backlog=N.
func parameter(d *nginx.Directive, name string) (value string, ok bool) {
	for _, w := range d.Args().All() {
		if v, found := strings.CutPrefix(w.Value, name+"="); found {
			return v, true
		}
	}
	return "", false
}
