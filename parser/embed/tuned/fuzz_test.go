package tuned

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractTuned(f *testing.F) { embedtest.Fuzz(f, "tuned.conf", Read) }
