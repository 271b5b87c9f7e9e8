package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tcplint/tcplint/internal/workspace"
)

// disk is the real file system. Names are absolute paths without the slash in front;
// where paths begin with a volume, names do, too.
type disk struct{}

// volumes reports whether absolute paths begin with the name of a volume here.
func volumes() bool { return filepath.VolumeName(`C:\`) != "" }

// nameOf returns the name of an absolute path.
func nameOf(abs string) string {
	if name := strings.TrimPrefix(filepath.ToSlash(abs), "/"); name != "" {
		return name
	}
	return "."
}

// pathOf returns the absolute path of a name.
func pathOf(name string) string {
	switch {
	case volumes() && strings.HasSuffix(name, ":"):
		name += "/"
	case volumes():
	case name == ".":
		name = "/"
	default:
		name = "/" + name
	}
	return filepath.FromSlash(name)
}

// Open opens a file or a folder.
func (disk) Open(name string) (fs.File, error) { return os.Open(pathOf(name)) }

// ReadDir lists a folder.
func (disk) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(pathOf(name)) }

// Lstat describes a file, a folder or a link.
func (disk) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(pathOf(name)) }

// ReadLink returns where a link leads to.
func (disk) ReadLink(name string) (string, error) {
	target, err := os.Readlink(pathOf(name))
	return filepath.ToSlash(target), err
}

var _ workspace.FS = disk{}
