package lsp

import (
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/creachadair/jrpc2"
)

// spellings are the addresses of files that were opened as the client writes them. The
// library spells all that it reads in one way ("%40" for "@"), by which they are compared;
// a client that compares what it is told with what it said must get back its own.
type spellings struct{ by sync.Map }

// learn notes how a client spells the address of the text of a request.
func (s *spellings) learn(u docURI, req *jrpc2.Request) {
	var p struct {
		TextDocument struct {
			URI string `json:"uri"`
		} `json:"textDocument"`
	}
	if req.UnmarshalParams(&p) != nil || !utf8.ValidString(p.TextDocument.URI) {
		return
	}
	s.by.Store(u, docURI(p.TextDocument.URI))
}

// of is an address as the client spells it.
func (s *spellings) of(u docURI) docURI {
	own, _ := s.by.Load(u)
	if own, ok := own.(docURI); ok {
		return own
	}
	return u
}

// pathOf returns the absolute path of a file with forward slashes, "/x" or "C:/x";
// not ok for what is no file, such as a text without a name.
func pathOf(u docURI, volumes bool) (path string, ok bool) {
	rest, isFile := strings.CutPrefix(string(u), "file://")
	if !isFile || !strings.HasPrefix(rest, "/") {
		return "", false // a host in between is none of ours
	}
	path, err := url.PathUnescape(rest)
	if err != nil {
		return "", false
	}
	if volumes {
		path = strings.TrimPrefix(path, "/")
		if len(path) > 1 && path[1] == ':' {
			path = strings.ToUpper(path[:1]) + path[1:]
		}
	}
	return path, true
}

// uriOf is the address of a file by its name in the file system.
func uriOf(name string) docURI {
	u := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(name, "/")}
	return spelledAlike(u.String())
}

// nameOf is the name in the file system of an absolute path.
func nameOf(path string) string {
	if name := strings.Trim(path, "/"); name != "" {
		return name
	}
	return "."
}
