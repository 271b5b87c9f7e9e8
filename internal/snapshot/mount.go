package snapshot

import (
	"io/fs"
	"slices"
	"strings"
)

// FS is what snapshots are put into: as workspace.FS.
type FS interface {
	fs.ReadDirFS
	fs.ReadLinkFS
}

// Mounted is a file system in which archives are folders.
type Mounted struct {
	base  FS
	names []string // the longest first
	files map[string]*Files
}

// Mount puts snapshots in the place of their archives, by their names.
func Mount(base FS, files map[string]*Files) *Mounted {
	m := &Mounted{base: base, files: files}
	for name := range files {
		m.names = append(m.names, name)
	}
	slices.SortFunc(m.names, func(a, b string) int { return len(b) - len(a) })
	return m
}

// find returns the file system that has a name, and the name in it.
func (m *Mounted) find(name string) (FS, string) {
	for _, at := range m.names {
		if name == at {
			return m.files[at], "."
		}
		if rest, ok := strings.CutPrefix(name, at+"/"); ok {
			return m.files[at], rest
		}
	}
	return m.base, name
}

// Open opens a file or a folder.
func (m *Mounted) Open(name string) (fs.File, error) {
	in, at := m.find(name)
	return in.Open(at)
}

// ReadDir lists a folder.
func (m *Mounted) ReadDir(name string) ([]fs.DirEntry, error) {
	in, at := m.find(name)
	list, err := in.ReadDir(at)
	if in != m.base {
		return list, err
	}
	for i, e := range list {
		if mounted, ok := m.files[strings.TrimPrefix(name+"/"+e.Name(), "./")]; ok {
			list = slices.Clone(list)
			info, _ := mounted.Lstat(".") // the root is always there
			list[i] = named{fs.FileInfoToDirEntry(info), e.Name()}
		}
	}
	return list, err
}

// Lstat describes a file or a folder.
func (m *Mounted) Lstat(name string) (fs.FileInfo, error) {
	in, at := m.find(name)
	return in.Lstat(at)
}

// ReadLink returns where a link leads to.
func (m *Mounted) ReadLink(name string) (string, error) {
	in, at := m.find(name)
	return in.ReadLink(at)
}

// named is an entry under another name.
type named struct {
	fs.DirEntry

	name string
}

// Name is the name of the archive.
func (n named) Name() string { return n.name }
