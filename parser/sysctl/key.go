package sysctl

import "strings"

// NormalizeKey returns the name that procps prints for a key: components of the
// path below /proc/sys with dots between them, and slashes for the dots inside
// a component, as in "net.ipv4.conf.eth0/100.rp_filter".
//
// The first separator of key decides how it was written: if that is a slash,
// all dots and slashes swap. Empty components, which the kernel skips, are
// dropped, so that "/net/core/somaxconn" and "net..core.somaxconn" are the same
// key. A normalised key stays as it is. Upper and lower case differ.
func NormalizeKey(key string) string {
	first := strings.IndexAny(key, "./")
	if first < 0 {
		return key
	}
	slashes := key[first] == '/'
	if !slashes && first > 0 && !strings.Contains(key, "..") {
		return key
	}
	b := make([]byte, 0, len(key)+1)
	for i := range len(key) {
		c := key[i]
		if slashes {
			c = swap(c)
		}
		if c == '.' && (len(b) == 0 || b[len(b)-1] == '.') {
			continue
		}
		b = append(b, c)
	}
	// A first component with a dot inside needs a dot in front, or its slash
	// would be taken for the first separator.
	if i := strings.IndexAny(string(b), "./"); i >= 0 && b[i] == '/' {
		return "." + string(b)
	}
	return string(b)
}

// swap exchanges the two separators.
func swap(c byte) byte {
	switch c {
	case '.':
		return '/'
	case '/':
		return '.'
	}
	return c
}

// procPath returns the path of a key below /proc/sys, byte for byte as procps
// makes it.
func procPath(key string) string {
	first := strings.IndexAny(key, "./")
	if first < 0 || key[first] == '/' {
		return key
	}
	b := []byte(key)
	for i, c := range b {
		b[i] = swap(c)
	}
	return string(b)
}

// nameless reports whether a key has no component, so that its path is
// /proc/sys itself.
func nameless(key string) bool {
	return strings.Trim(key, ".") == "" || strings.Trim(key, "/") == ""
}

// isGlob reports whether procps takes a key for a glob.
func isGlob(key string) bool { return strings.ContainsAny(key, "*?[") }
