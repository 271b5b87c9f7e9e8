// Package gitignore reads the patterns of ignore files as git does (dir.c and
// wildmatch.c of git 2.47, gitignore(5)): git knows patterns that other matchers of
// globs take otherwise, and what they get wrong is either a file that nobody looks at or
// one that is not the repository's.
//
// Names are those of an fs.FS. The work of a match is bounded by the length of the
// pattern times that of the name, whatever a repository writes.
package gitignore

import "strings"

// Pattern is a line of an ignore file.
type Pattern struct {
	// include says that it takes back what earlier ones leave out.
	include bool
	// dirs says that it means folders only.
	dirs bool
	// base says that it is held against the last part of a name, whatever the folder.
	base bool
	glob glob
}

// Parse reads an ignore file. Lines that are empty or comments are no patterns, and
// those that can match nothing are left out.
func Parse(text string) []Pattern {
	var out []Pattern
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line = trimSpaces(line); line == "" || line[0] == '#' {
			continue
		}
		if p, ok := parse(line); ok {
			out = append(out, p)
		}
	}
	return out
}

// trimSpaces cuts off the spaces at the end, but for one behind a backslash.
func trimSpaces(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			continue
		case '\\':
			i++
		}
		end = min(i+1, len(line))
	}
	return line[:end]
}

func parse(line string) (p Pattern, ok bool) {
	if line, p.include = strings.CutPrefix(line, "!"); line == "" {
		return p, false
	}
	if line, p.dirs = strings.CutSuffix(line, "/"); line == "" {
		return p, false
	}
	p.base = !strings.Contains(line, "/")
	p.glob, ok = compile(strings.TrimPrefix(line, "/"), !p.base)
	return p, ok
}

// Match says what some patterns come to for a name below the folder of their file: the
// last one that means it decides, and known is false if none does. What lies in a folder
// that is ignored is ignored, too, which is for the caller to know.
func Match(patterns []Pattern, name string, isDir bool) (ignored, known bool) {
	last := name[strings.LastIndexByte(name, '/')+1:]
	for i := len(patterns) - 1; i >= 0; i-- {
		p := &patterns[i]
		against := name
		if p.base {
			against = last
		}
		if (isDir || !p.dirs) && p.glob.match(against) {
			return !p.include, true
		}
	}
	return false, false
}
