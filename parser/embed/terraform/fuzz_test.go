package terraform

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractHCL(f *testing.F) { embedtest.Fuzz(f, "a.tf", Read) }
