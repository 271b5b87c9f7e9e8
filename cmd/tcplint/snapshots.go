package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/internal/workspace"
)

// mount returns the file system with the snapshots among the paths in it: each is a
// folder in the place of its archive. What is left out of one is said, and is a
// failure.
func (a *app) mount(paths []string) (workspace.FS, error) {
	mounted := map[string]*snapshot.Files{}
	for _, p := range paths {
		if p == "-" || !isSnapshot(p) {
			continue
		}
		s, err := readSnapshot(p)
		if err != nil {
			return nil, &failure{statusFailure, fmt.Errorf("%s: %w", filepath.ToSlash(p), err)}
		}
		for _, problem := range s.Problems {
			a.complain(fmt.Errorf("%s: %w", filepath.ToSlash(p), problem))
			a.status = max(a.status, statusFailure)
		}
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, classify(err)
		}
		mounted[nameOf(abs)] = s.FS
	}
	if len(mounted) == 0 {
		return disk{}, nil
	}
	return snapshot.Mount(disk{}, mounted), nil
}

// isSnapshot looks at the name and the beginning of a file.
func isSnapshot(p string) bool {
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
