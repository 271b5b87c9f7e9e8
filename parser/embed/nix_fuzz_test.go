package embed

import "testing"

func FuzzExtractNix(f *testing.F) { fuzzCarrier(f, "a.nix", readNix) }
