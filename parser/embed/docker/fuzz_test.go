package docker

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
)

func FuzzExtractDockerfile(f *testing.F) { embedtest.Fuzz(f, "Dockerfile", Read) }
