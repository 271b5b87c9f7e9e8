package embed

import "testing"

func FuzzExtractDockerfile(f *testing.F) { fuzzCarrier(f, "Dockerfile", readDockerfile) }
