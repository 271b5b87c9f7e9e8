// Package disk is the real file system: files and folders, the snapshots of hosts among
// them, and what can be read only once.
package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tcplint/tcplint/internal/workspace"
)

// FS is the real file system. Names are absolute paths without the slash in front;
// where paths begin with a volume, names do, too.
type FS struct{}

// Volumes reports whether absolute paths begin with the name of a volume here.
func Volumes() bool { return filepath.VolumeName(`C:\`) != "" }

// Name returns the name of an absolute path.
func Name(abs string) string {
	if name := strings.TrimPrefix(filepath.ToSlash(abs), "/"); name != "" {
		return name
	}
	return "."
}

// Path returns the absolute path of a name.
func Path(name string) string {
	switch {
	case Volumes() && strings.HasSuffix(name, ":"):
		name += "/"
	case Volumes():
	case name == ".":
		name = "/"
	default:
		name = "/" + name
	}
	return filepath.FromSlash(name)
}

// Open opens a file or a folder.
func (FS) Open(name string) (fs.File, error) { return os.Open(Path(name)) }

// ReadDir lists a folder.
func (FS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(Path(name)) }

// Lstat describes a file, a folder or a link.
func (FS) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(Path(name)) }

// ReadLink returns where a link leads to.
func (FS) ReadLink(name string) (string, error) {
	target, err := os.Readlink(Path(name))
	return filepath.ToSlash(target), err
}

var _ workspace.FS = FS{}

// ReadPipe reads what was named by hand and is no file: a pipe, such as /dev/stdin or
// what a shell makes of <(...), or a device. It is not ok if p names nothing of the
// kind.
func ReadPipe(p string) (text string, ok bool, err error) {
	info, err := os.Stat(p)
	if err != nil || info.IsDir() || info.Mode().IsRegular() {
		return "", false, nil // the workspace says what is wrong
	}
	if same, err := os.Stat(os.DevNull); err == nil && os.SameFile(same, info) {
		return "", false, nil
	}
	const most = 1 << 30
	f, err := os.Open(p)
	if err != nil {
		return "", false, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(data) > most {
		err = errors.New("it gives more than the 1024 MB that are read")
	}
	return string(data), err == nil, err
}
