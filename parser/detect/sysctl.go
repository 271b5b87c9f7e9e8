package detect

import "strings"

// settings is what speaks for and against kernel settings.
type settings struct {
	good, bad int
	witness   string
}

// enough weighs it.
func (s *settings) enough(n name) bool {
	if n.hint == hintSysctl {
		return s.good > 0 && (n.certain || 2*s.good >= s.bad)
	}
	return s.good > 4*s.bad && (s.good > 1 || s.good == 1 && n.plain && !n.loose)
}

// sysctlEvidence looks at lines of the form "key = value".
func sysctlEvidence(text string) *settings {
	s := &settings{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if !setting(line) {
			s.bad++
			if s.bad > plenty && s.good == 0 {
				return s
			}
			continue
		}
		s.good++
		if s.witness == "" {
			key, _, _ := strings.Cut(line, "=")
			s.witness = "it sets " + strings.TrimSpace(key)
		}
	}
	return s
}

// roots are the folders of /proc/sys.
var roots = map[string]bool{
	"net": true, "vm": true, "kernel": true, "fs": true, "user": true, "dev": true, "abi": true, "debug": true,
	"sunrpc": true, "crypto": true, "xen": true,
}

// setting reports whether a line sets a kernel key.
func setting(line string) bool {
	key, _, ok := strings.Cut(line, "=")
	key = strings.TrimSpace(strings.TrimPrefix(key, "-"))
	if !ok || strings.ContainsAny(key, " \t\"'(){}:;,") && !strings.Contains(key, "{{") {
		return false
	}
	root, rest, ok := strings.Cut(strings.ReplaceAll(key, "/", "."), ".")
	return ok && rest != "" && roots[root]
}
