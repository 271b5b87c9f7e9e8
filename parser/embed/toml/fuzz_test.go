package toml

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractTOML(f *testing.F) { embedtest.Fuzz(f, "a.toml", Read) }
