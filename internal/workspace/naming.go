package workspace

import (
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
)

// naming returns the first of the files that were read, other than configurations of
// nginx, that names a path, be it as the end of a longer one or with the suffix of a
// template; empty if none does.
func (s *store) naming(named string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spoken == nil {
		s.spoken = map[string]string{}
		for _, o := range s.byPath {
			if f := o.file; f != nil && (s.held[f] == nil || s.held[f].kind != detect.Nginx) {
				note(s.spoken, f.Path, f.Text)
			}
		}
	}
	return s.spoken[strings.TrimPrefix(named, "/")]
}

// deepest is how many folders of a path are looked at from its end.
const deepest = 4

// note files all that a text names, by the ends of its paths, under the first file
// that does.
func note(spoken map[string]string, by, text string) {
	for word := range strings.FieldsFuncSeq(text, dividesPaths) {
		if strings.IndexByte(word, '.') < 0 {
			continue
		}
		word = strings.TrimSuffix(word, ".")
		for _, ext := range detect.TemplateExtensions() {
			word = strings.TrimSuffix(word, ext)
		}
		for i, n := len(word), 0; i > 0 && n < deepest; n++ {
			i = strings.LastIndexByte(word[:i], '/')
			if have, ok := spoken[word[i+1:]]; !ok || by < have {
				spoken[word[i+1:]] = by
			}
		}
	}
}

// dividesPaths reports whether a character stands between paths, in YAML, in scripts
// and in code.
func dividesPaths(r rune) bool {
	return r <= ' ' || strings.ContainsRune("\"'`,;:=()[]{}<>|&", r)
}
