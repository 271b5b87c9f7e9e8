package embed

import "testing"

func FuzzExtractPuppet(f *testing.F) { fuzzCarrier(f, "a.pp", readPuppet) }
