package evidence

import (
	"bytes"
	"path"
	"strings"
)

// Recognise reports whether a text is evidence, by its beginning and its name.
// What is written by people, such as sysctl.conf, is none, though it reads like
// what a tool prints; an empty file and a log of a format that nothing is known
// about are, if their names say so.
func Recognise(name string, head []byte) bool {
	base := strings.ToLower(path.Base(name))
	switch ext := path.Ext(base); {
	case ext == ".conf", ext == ".md", ext == ".toml", ext == ".yml", ext == ".yaml", ext == ".json", ext == ".sh", ext == ".py", ext == ".html", ext == ".j2":
		return false
	case ext == ".log", strings.Contains(base, ".log."), strings.HasPrefix(base, "dmesg"):
		return true
	}
	if bytes.HasPrefix(head, gzipMagic) || bytes.HasPrefix(head, zstdMagic) {
		return strings.Contains(base, "log")
	}
	if bytes.Contains(head, []byte("# configuration file ")) {
		return false // nginx -T
	}
	if i := bytes.LastIndexByte(head, '\n'); i >= 0 && len(head) >= 4096 {
		head = head[:i+1] // the last line is cut
	}
	s := NewSet()
	if s.Read(name, bytes.NewReader(head), Options{}) != nil {
		return false
	}
	src := s.Sources[0]
	return len(src.Formats) > 0 && src.Read*2 >= src.Lines
}
