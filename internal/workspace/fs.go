package workspace

import (
	"io/fs"
	"path"
	"strings"
)

// FS is what a workspace reads through: a disk, an archive, a folder of a test.
// Names are those of io/fs: with forward slashes, relative to its root. ReadDir may
// list a folder in any order; nothing follows a link but the workspace itself.
type FS interface {
	fs.ReadDirFS
	fs.ReadLinkFS
}

// names translates between the names of a file system and the paths that people
// write and read: relative to a working folder, or absolute.
type names struct {
	dir string // the name of the working folder
	// root is what stands before a name in an absolute path: "/"; empty where names
	// begin with a volume ("C:/...").
	root string
}

// name returns the name that a path means. It never leaves the file system.
func (n names) name(shown string) string {
	if tidy(shown) && !n.absolute(shown) && (n.dir == "." || tidy(n.dir)) {
		return under(n.dir, shown)
	}
	if !n.absolute(shown) {
		shown = path.Join(n.dir, shown)
	}
	if !strings.HasPrefix(shown, "/") {
		shown = "/" + shown
	}
	name := strings.TrimPrefix(path.Clean(shown), "/")
	if name == "" {
		return "."
	}
	return name
}

// tidy reports whether a relative path is one that path.Clean leaves as it is, and that
// does not lead up.
func tidy(p string) bool {
	from := 0
	for i := 0; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			continue
		}
		switch p[from:i] {
		case "", ".", "..":
			return false
		}
		from = i + 1
	}
	return true
}

// under is path.Join for a clean path of a folder and a tidy one below it, of which
// there are many.
func under(dir, below string) string {
	switch {
	case dir == ".":
		return below
	case strings.HasSuffix(dir, "/"):
		return dir + below
	}
	return dir + "/" + below
}

// split is path.Dir and path.Base for a name.
func split(name string) (dir, base string) {
	switch i := strings.LastIndexByte(name, '/'); {
	case i < 0 && name != "":
		return ".", name
	case i > 0 && i+1 < len(name):
		return name[:i], name[i+1:]
	}
	return path.Dir(name), path.Base(name)
}

// absolute reports whether a path says where it begins.
func (n names) absolute(shown string) bool {
	if n.root != "" {
		return strings.HasPrefix(shown, n.root)
	}
	const volume = 2 // "C:"
	return strings.HasPrefix(shown, "/") || len(shown) > volume && shown[1] == ':' && shown[2] == '/'
}

// shown writes a name relative to the working folder if it lies below it, else as an
// absolute path.
func (n names) shown(name string) string {
	if within(n.dir, name) {
		return from(n.dir, name)
	}
	if name == "." {
		return n.root
	}
	return n.root + name
}

// within reports whether a name is that of a folder or lies below it.
func within(dir, name string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}

// from is the way from a folder to a name within it.
func from(dir, name string) string {
	switch dir {
	case name:
		return "."
	case ".":
		return name
	}
	return strings.TrimPrefix(name, dir+"/")
}

// parent is the folder around a path as people write it, of a relative one too.
func parent(shown string) string {
	if shown == "." || path.Base(shown) == ".." {
		return path.Join(shown, "..")
	}
	return path.Dir(shown)
}

// target is the name that a link in a folder leads to.
func (n names) target(dir, link string) string {
	if n.absolute(link) || strings.HasPrefix(link, "/") {
		return n.name(link)
	}
	return names{dir: dir, root: n.root}.name(link)
}
