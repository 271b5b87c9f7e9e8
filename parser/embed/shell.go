package embed

import "github.com/tcplint/tcplint/parser/source"

func takesShell(_, _, _ string) bool { return false }

func readShell(*source.File) Found { return Found{} }
