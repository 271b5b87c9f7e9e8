package puppet

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractPuppet(f *testing.F) { embedtest.Fuzz(f, "a.pp", Read) }
