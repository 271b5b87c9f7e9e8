package systemd

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractSystemd(f *testing.F) { embedtest.Fuzz(f, "a.container", Read) }
