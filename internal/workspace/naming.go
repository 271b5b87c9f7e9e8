package workspace

import (
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// naming returns the first of the files that were read, other than configurations of
// nginx, that names a path, be it as the end of a longer one or with the suffix of a
// template; empty if none does.
func (s *store) naming(named string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	named = strings.TrimPrefix(named, "/")
	by := ""
	for _, o := range s.byPath {
		f := o.file
		if f == nil || by != "" && f.Path >= by || s.held[f] != nil && s.held[f].kind == detect.Nginx {
			continue
		}
		if s.raw.namedIn(f)[named] {
			by = f.Path
		}
	}
	return by
}

// namedIn returns all that a file names, by the ends of its paths. It is worked out
// once for a text.
func (r *raw) namedIn(f *source.File) map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	have, ok := r.spoken[f]
	if !ok {
		have = pathEnds(f.Text)
		r.spoken[f] = have
	}
	return have
}

// deepest is how many folders of a path are looked at from its end.
const deepest = 4

// pathEnds are the ends of the paths that a text names.
func pathEnds(text string) map[string]bool {
	ends := map[string]bool{}
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
			ends[word[i+1:]] = true
		}
	}
	return ends
}

// dividesPaths reports whether a character stands between paths, in YAML, in scripts
// and in code.
func dividesPaths(r rune) bool {
	return r <= ' ' || strings.ContainsRune("\"'`,;:=()[]{}<>|&", r)
}
