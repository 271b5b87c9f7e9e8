package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Mount returns the file system with the snapshots among the paths in it: each is a
// folder in the place of its archive. What is left out of one is among the problems.
func Mount(paths []string) (fsys workspace.FS, problems []error, err error) {
	mounted := map[string]*snapshot.Files{}
	for _, p := range paths {
		if p == "-" || !IsSnapshot(p) {
			continue
		}
		s, err := readSnapshot(p)
		if err != nil {
			return nil, problems, fmt.Errorf("%s: %w", filepath.ToSlash(p), err)
		}
		for _, problem := range s.Problems {
			problems = append(problems, fmt.Errorf("%s: %w", filepath.ToSlash(p), problem))
		}
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, problems, err
		}
		mounted[Name(abs)] = s.FS
	}
	if len(mounted) == 0 {
		return FS{}, problems, nil
	}
	return snapshot.Mount(FS{}, mounted), problems, nil
}

// MountAs puts a snapshot that is not on the disk in the place of a path.
func MountAs(p string, archive io.Reader) (workspace.FS, error) {
	s, err := snapshot.Read(archive, snapshot.DefaultLimits())
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(p)
	if err != nil {
		return nil, err
	}
	return snapshot.Mount(FS{}, map[string]*snapshot.Files{Name(abs): s.FS}), nil
}

// IsSnapshot looks at the name and the beginning of a file.
func IsSnapshot(p string) bool {
	if !archiveName(p) {
		return false
	}
	info, err := os.Stat(p)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(p)
	if err != nil {
		return false // the workspace says why
	}
	defer f.Close() //nolint:errcheck // it was only read
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head) // a short file has a short head
	return snapshot.Is(filepath.ToSlash(p), head[:n])
}

func readSnapshot(p string) (*snapshot.Snapshot, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return snapshot.Read(f, snapshot.DefaultLimits())
}

// namedAsSnapshot reports whether a file has the name of an archive, so that what
// should be one and is none is said, not passed over.
func namedAsSnapshot(p string) bool { return archiveName(p) && isFile(p) }

func archiveName(p string) bool {
	return strings.HasSuffix(p, ".tar.gz") || strings.HasSuffix(p, ".tgz") || strings.HasSuffix(p, ".tar")
}

func isFile(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular()
}

// Snapshots are the archives that paths name, those in folders that hold nothing else
// among them, and the other paths; folder says that there is such a folder. No paths
// stand for the current folder.
func Snapshots(paths []string) (archives, others []string, folder bool) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, p := range paths {
		if list := snapshotsIn(p); len(list) > 0 {
			archives, folder = append(archives, list...), true
		} else if p != "-" && namedAsSnapshot(p) {
			archives = append(archives, p)
		} else {
			others = append(others, p)
		}
	}
	return archives, others, folder
}

// snapshotsIn lists the archives of a folder that holds nothing else to be
// checked; a hidden file is nothing.
func snapshotsIn(dir string) []string {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil // it is no folder, or the workspace says why
	}
	var out []string
	for _, e := range list {
		switch name := e.Name(); {
		case strings.HasPrefix(name, "."):
		case !e.Type().IsRegular() || !archiveName(name):
			return nil
		default:
			out = append(out, filepath.Join(dir, name))
		}
	}
	if !slices.ContainsFunc(out, IsSnapshot) {
		return nil
	}
	return out
}

// OpenSnapshot opens a file with the beginning of a snapshot.
func OpenSnapshot(p string) (io.ReadCloser, error) {
	if f, err := os.Open(p); err != nil {
		return nil, err
	} else if err := f.Close(); err != nil {
		return nil, err
	}
	if !IsSnapshot(p) {
		return nil, errors.New("this is no archive of a snapshot")
	}
	return os.Open(p)
}
