package nix

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractNix(f *testing.F) { embedtest.Fuzz(f, "a.nix", Read) }
