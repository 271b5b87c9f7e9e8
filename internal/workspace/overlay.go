package workspace

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// overlay puts texts that are not saved in front of a file system. Their folders
// need not exist in it.
type overlay struct {
	base  FS
	texts map[string]string // by name
	// entries are the names of the texts and of their folders, by folder.
	entries map[string]map[string]bool // value: it is a folder
}

// newOverlay returns an overlay of texts by name.
func newOverlay(base FS, texts map[string]string) *overlay {
	o := &overlay{base: base, texts: texts, entries: map[string]map[string]bool{}}
	for name := range texts {
		for dir, isDir := name, false; dir != "."; dir, isDir = path.Dir(dir), true {
			in := path.Dir(dir)
			if o.entries[in] == nil {
				o.entries[in] = map[string]bool{}
			}
			o.entries[in][path.Base(dir)] = isDir
		}
	}
	return o
}

// Open opens a file or a folder.
func (o *overlay) Open(name string) (fs.File, error) {
	if text, ok := o.texts[name]; ok {
		return &unsavedFile{Reader: *bytes.NewReader([]byte(text)), info: o.info(name)}, nil
	}
	return o.base.Open(name)
}

// Lstat describes a file, a folder or a link.
func (o *overlay) Lstat(name string) (fs.FileInfo, error) {
	if _, ok := o.texts[name]; ok {
		return o.info(name), nil
	}
	info, err := o.base.Lstat(name)
	if err != nil && o.entries[name] != nil {
		return o.info(name), nil
	}
	return info, err
}

// ReadLink returns where a link leads to.
func (o *overlay) ReadLink(name string) (string, error) {
	if _, ok := o.texts[name]; ok {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return o.base.ReadLink(name)
}

// ReadDir lists a folder, with the texts that are not saved.
func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := o.base.ReadDir(name)
	own := o.entries[name]
	if own == nil {
		return list, err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(e fs.DirEntry) bool {
		isDir, ok := own[e.Name()]
		return ok && !isDir
	})
	for base, isDir := range own {
		if isDir && slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == base }) {
			continue
		}
		list = append(list, fs.FileInfoToDirEntry(o.info(path.Join(name, base))))
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

func (o *overlay) info(name string) unsavedInfo {
	text, ok := o.texts[name]
	return unsavedInfo{path.Base(name), int64(len(text)), !ok}
}

// unsavedInfo describes a text that is not saved, or a folder around it.
type unsavedInfo struct {
	name string
	size int64
	dir  bool
}

// Name is the last part of the name.
func (i unsavedInfo) Name() string { return i.name }

// Size is the number of bytes.
func (i unsavedInfo) Size() int64 { return i.size }

// Mode is that of a file or a folder.
func (i unsavedInfo) Mode() fs.FileMode {
	const file, folder = 0o644, 0o755
	if i.dir {
		return fs.ModeDir | folder
	}
	return file
}

// ModTime is not known.
func (unsavedInfo) ModTime() time.Time { return time.Time{} }

// IsDir reports whether it is a folder.
func (i unsavedInfo) IsDir() bool { return i.dir }

// Sys is nothing.
func (unsavedInfo) Sys() any { return nil }

// unsavedFile is an open text.
type unsavedFile struct {
	bytes.Reader

	info fs.FileInfo
}

// Stat describes the file.
func (f *unsavedFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close does nothing.
func (*unsavedFile) Close() error { return nil }

var (
	_ FS        = (*overlay)(nil)
	_ io.Reader = (*unsavedFile)(nil)
)

// Memory is a file system of texts by their names, such as
// "etc/nginx/nginx.conf".
func Memory(texts map[string]string) FS { return newOverlay(empty{}, maps.Clone(texts)) }

// empty is a file system that holds nothing.
type empty struct{}

func (empty) missing(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Open finds nothing.
func (e empty) Open(name string) (fs.File, error) { return nil, e.missing("open", name) }

// Lstat finds nothing.
func (e empty) Lstat(name string) (fs.FileInfo, error) { return nil, e.missing("lstat", name) }

// ReadLink finds nothing.
func (e empty) ReadLink(name string) (string, error) { return "", e.missing("readlink", name) }

// ReadDir finds nothing.
func (e empty) ReadDir(name string) ([]fs.DirEntry, error) { return nil, e.missing("readdir", name) }
