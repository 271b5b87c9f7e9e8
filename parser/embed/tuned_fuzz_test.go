package embed

import "testing"

func FuzzExtractTuned(f *testing.F) { fuzzCarrier(f, "tuned.conf", readTuned) }
