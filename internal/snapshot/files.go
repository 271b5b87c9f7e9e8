package snapshot

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Files is the file system of a snapshot. It has files and folders, and no links but
// those that linkSettings finds.
type Files struct {
	files   map[string]*file
	folders map[string][]fs.DirEntry // sorted by name
}

// file is a file, or a folder if it has no data and isDir says so.
type file struct {
	name  string
	data  []byte
	time  time.Time
	isDir bool
	link  string // what it is a link to, relative to its folder; empty if it is none
}

// linkSettings makes links of files in a sysctl.d that hold what sysctl.conf does.
// Debian and Fedora have such a link there, 99-sysctl.conf, which collectors follow as
// every program does: their copy is no second file of settings.
func linkSettings(files map[string]*file) {
	const main = "etc/sysctl.conf"
	for name, f := range files {
		if path.Dir(name) == "etc/sysctl.d" && files[main] != nil && len(f.data) > 0 && bytes.Equal(f.data, files[main].data) {
			f.link = "../sysctl.conf"
		}
	}
}

// follow returns the file that a name leads to.
func (f *Files) follow(name string) (it *file, ok bool) {
	it, ok = f.files[name]
	if ok && it.link != "" {
		it, ok = f.files[path.Join(path.Dir(name), it.link)]
	}
	return it, ok
}

// newFiles makes a file system of files by their names, and of folders that may be
// empty.
func newFiles(files map[string]*file, folders ...string) *Files {
	f := &Files{files: files, folders: map[string][]fs.DirEntry{".": nil}}
	for name, it := range files {
		f.put(name, it)
	}
	for _, name := range folders {
		f.addFolder(name)
	}
	for dir, list := range f.folders {
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		f.folders[dir] = slices.CompactFunc(list, func(a, b fs.DirEntry) bool { return a.Name() == b.Name() })
	}
	return f
}

// put adds an entry to its folder, and the folder to that around it.
func (f *Files) put(name string, it *file) {
	for {
		dir := path.Dir(name)
		_, known := f.folders[dir]
		f.folders[dir] = append(f.folders[dir], fs.FileInfoToDirEntry(it))
		if known {
			return
		}
		name, it = dir, &file{name: path.Base(dir), isDir: true}
	}
}

// addFolder adds a folder that may be empty.
func (f *Files) addFolder(name string) {
	if _, known := f.folders[name]; known || f.files[name] != nil {
		return
	}
	f.folders[name] = nil
	f.put(name, &file{name: path.Base(name), isDir: true})
}

func missing(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Lstat describes a file or a folder.
func (f *Files) Lstat(name string) (fs.FileInfo, error) {
	if it, ok := f.files[name]; ok {
		return it, nil
	}
	if _, ok := f.folders[name]; ok {
		return &file{name: path.Base(name), isDir: true}, nil
	}
	return nil, missing("stat", name)
}

// Stat describes what a name leads to.
func (f *Files) Stat(name string) (fs.FileInfo, error) {
	if it, ok := f.follow(name); ok {
		return it, nil
	}
	return f.Lstat(name)
}

// ReadLink returns where a link leads to.
func (f *Files) ReadLink(name string) (string, error) {
	if it, ok := f.files[name]; ok && it.link != "" {
		return it.link, nil
	}
	return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
}

// ReadDir lists a folder.
func (f *Files) ReadDir(name string) ([]fs.DirEntry, error) {
	list, ok := f.folders[name]
	if !ok {
		return nil, missing("readdir", name)
	}
	return list, nil
}

// ReadFile returns what a file holds.
func (f *Files) ReadFile(name string) ([]byte, error) {
	it, ok := f.follow(name)
	if !ok {
		return nil, missing("open", name)
	}
	return slices.Clone(it.data), nil
}

// Open opens a file or a folder.
func (f *Files) Open(name string) (fs.File, error) {
	if it, ok := f.follow(name); ok {
		return &opened{file: it, Reader: *bytes.NewReader(it.data)}, nil
	}
	info, err := f.Lstat(name)
	if err != nil {
		return nil, missing("open", name)
	}
	return &openFolder{info: info, rest: f.folders[name]}, nil
}

// opened is an open file.
type opened struct {
	bytes.Reader

	file *file
}

func (o *opened) Stat() (fs.FileInfo, error) { return o.file, nil }
func (*opened) Close() error                 { return nil }

// openFolder is an open folder.
type openFolder struct {
	info fs.FileInfo
	rest []fs.DirEntry
}

func (o *openFolder) Stat() (fs.FileInfo, error) { return o.info, nil }
func (*openFolder) Close() error                 { return nil }
func (o *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: o.info.Name(), Err: fs.ErrInvalid}
}

// ReadDir lists what is left of the folder, n entries if n is above 0.
func (o *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	out := o.rest
	if n > 0 {
		out = o.rest[:min(n, len(o.rest))]
	}
	o.rest = o.rest[len(out):]
	if n > 0 && len(out) == 0 {
		return nil, io.EOF
	}
	return slices.Clone(out), nil
}

// Name is the last part of the name.
func (f *file) Name() string { return f.name }

// Size is the number of bytes.
func (f *file) Size() int64 { return int64(len(f.data)) }

// Mode says that nobody may write.
func (f *file) Mode() fs.FileMode {
	if f.isDir {
		return fs.ModeDir | 0o555
	}
	if f.link != "" {
		return fs.ModeSymlink | 0o777
	}
	return 0o444
}

// ModTime is when the collector wrote it.
func (f *file) ModTime() time.Time { return f.time }

// IsDir says whether it is a folder.
func (f *file) IsDir() bool { return f.isDir }

// Sys has nothing to say.
func (*file) Sys() any { return nil }
