package embed

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// dumpMark begins the line that "nginx -T" writes before each file; the path and
// a colon follow (src/core/nginx.c).
const dumpMark = "# configuration file "

// Dump splits what "nginx -T" writes into the files that it was read from, the
// main one first; nil if the text is no such dump. The files have their own
// names and lines and are no views: nobody edits a dump. What stands before the
// first file, such as nginx's own messages, is left out.
func Dump(f *source.File) []*source.File {
	var files []*source.File
	path, begin := "", 0
	seen := map[string]bool{}
	end := func(at int) {
		// nginx ends every file with one more line feed.
		if text := strings.TrimSuffix(f.Text[begin:at], "\n"); path != "" && !seen[path] {
			seen[path] = true
			files = append(files, source.NewFile(path, text))
		}
	}
	offset := 0
	for line := range strings.Lines(f.Text) {
		if p, ok := dumpedPath(line); ok {
			end(offset)
			path, begin = p, offset+len(line)
		}
		offset += len(line)
	}
	end(len(f.Text))
	return files
}

// dumpedPath reads a line that begins a file of a dump.
func dumpedPath(line string) (path string, ok bool) {
	rest, ok := strings.CutPrefix(line, dumpMark)
	if !ok {
		return "", false
	}
	path, ok = strings.CutSuffix(strings.TrimRight(rest, "\r\n"), ":")
	return path, ok && path != "" && path[0] == '/'
}
