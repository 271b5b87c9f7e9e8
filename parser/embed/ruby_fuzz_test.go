package embed

import "testing"

func FuzzExtractVagrant(f *testing.F) { fuzzCarrier(f, "Vagrantfile", readVagrant) }

func FuzzExtractChef(f *testing.F) { fuzzCarrier(f, "recipes/a.rb", readChef) }
