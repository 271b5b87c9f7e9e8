package report

import (
	"fmt"
	"strings"
)

// uriOf writes a path as a URI: a relative one as a reference relative to the
// folder that tcplint runs in, an absolute one with the scheme file. Bytes that are
// no UTF-8 stay what they are.
func uriOf(path string) string {
	const drive = 2 // as in C:/nginx.conf
	switch {
	case strings.HasPrefix(path, "//"):
		return "file:" + escapePath(path) // a share of a Windows server
	case strings.HasPrefix(path, "/"):
		return "file://" + escapePath(path)
	case len(path) > drive && path[1] == ':' && path[drive] == '/':
		return "file:///" + path[:drive] + escapePath(path[drive:])
	}
	return escapePath(strings.TrimPrefix(path, "./"))
}

// escapePath escapes all but the characters that mean nothing in any part of a URI
// and the slash.
func escapePath(path string) string {
	if !strings.ContainsFunc(path, meansSomething) {
		return path
	}
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; meansSomething(rune(c)) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// meansSomething reports whether a character is to be escaped in a URI.
func meansSomething(c rune) bool {
	plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '/' || c == '-' || c == '.' || c == '_' || c == '~'
	return !plain
}

// below reports whether a path stays below the folder that it counts from.
func below(path string) bool {
	return !strings.HasPrefix(uriOf(path), "file:") && path != ".." && !strings.HasPrefix(path, "../")
}
