package engine

import "github.com/tcplint/tcplint/internal/workspace"

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

// OnlyNamed closes all files to Fix that are not among the workspace's paths nor below
// them.
func OnlyNamed(ws *workspace.Workspace) func(path string) string {
	return func(path string) string {
		if ws.Named(path) {
			return ""
		}
		return "which was not named: run \"tcplint fix\" on both"
	}
}
