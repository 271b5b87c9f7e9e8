package shell

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractShell(f *testing.F) { embedtest.Fuzz(f, "a.sh", Read) }
