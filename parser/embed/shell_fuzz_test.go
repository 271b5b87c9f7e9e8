package embed

import "testing"

func FuzzExtractShell(f *testing.F) { fuzzCarrier(f, "a.sh", readShell) }
