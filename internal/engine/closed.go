package engine

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/tcplint/tcplint/internal/workspace"
)

// OnlyInput closes all files to Fix but the workspace's input: what is written to
// standard output is one text.
func OnlyInput(ws *workspace.Workspace) func(path string) string {
	input := ws.Input()
	return func(path string) string {
		if path == input.Path {
			return ""
		}
		return "which standard output has no place for: run \"tcplint fix\" on the files"
	}
}

// OnlyNamed closes all files to Fix that are not among the paths nor below them; no
// paths stand for the current folder.
func OnlyNamed(ws *workspace.Workspace, paths []string) func(path string) string {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	return func(written string) string {
		name := ws.NameOf(written)
		for _, p := range paths {
			if named := ws.NameOf(path.Clean(filepath.ToSlash(p))); name == named || named == "." || strings.HasPrefix(name, named+"/") {
				return ""
			}
		}
		return "which was not named: run \"tcplint fix\" on both"
	}
}
