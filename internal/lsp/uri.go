package lsp

import (
	"net/url"
	"strings"
)

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
	return docURI(u.String())
}

// nameOf is the name in the file system of an absolute path.
func nameOf(path string) string {
	if name := strings.Trim(path, "/"); name != "" {
		return name
	}
	return "."
}
