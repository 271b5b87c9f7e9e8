package ruby

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractVagrant(f *testing.F) { embedtest.Fuzz(f, "Vagrantfile", ReadVagrant) }

func FuzzExtractChef(f *testing.F) { embedtest.Fuzz(f, "recipes/a.rb", ReadChef) }
