package embed

import "github.com/tcplint/tcplint/parser/source"

func takesYAML(_, _, _ string) bool { return false }

func readYAML(*source.File) Found { return Found{} }
