package facts

import (
	"reflect"
	"slices"
	"sync"
	"testing"
)

// TestNameOf asks for every name there is, by several at a time.
func TestNameOf(t *testing.T) {
	t.Parallel()
	rows := map[string][]Directive{}
	for _, d := range directives {
		rows[d.Name] = append(rows[d.Name], d)
	}
	merge := map[string]Merge{}
	for _, m := range merges {
		merge[m.name] = m.merge
		if rows[m.name] == nil {
			rows[m.name] = []Directive{}
		}
	}
	if 2*len(rows) > nameSlots {
		t.Errorf("%d names want more than %d slots", len(rows), nameSlots)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			numbers := map[int]string{}
			for name, want := range rows {
				n := NameOf(name)
				if n == nil || n != NameOf(name) {
					t.Errorf("%s: got %v, and another one", name, n)
					continue
				}
				if len(n.rows) != len(want) || len(want) > 0 && !reflect.DeepEqual(n.rows, want) || n.Merge != merge[name] || !reflect.DeepEqual(n.Defaults, defaultsOf(want)) {
					t.Errorf("%s: got %+v, want %v, %v", name, n, merge[name], want)
				}
				if other := numbers[n.Number]; other != "" || n.Number <= 0 || n.Number > NameCount() {
					t.Errorf("%s has the number %d, as %q", name, n.Number, other)
				}
				numbers[n.Number] = name
				for _, none := range []string{name + "x", name[1:], ""} {
					if rows[none] == nil && NameOf(none) != nil {
						t.Errorf("%q is known", none)
					}
				}
			}
		})
	}
	all.Wait()
}

// TestSlotsOf holds what is found in the tables to all that is there.
func TestSlotsOf(t *testing.T) {
	t.Parallel()
	type key struct{ name, module string }
	wantSlots, wantParameters := map[key][]Slot{}, map[key][]Parameter{}
	for _, s := range slots {
		k := key{s.Name, s.Module}
		wantSlots[k] = append(wantSlots[k], s)
	}
	for _, p := range parameters {
		k := key{p.Directive, p.Module}
		wantParameters[k] = append(wantParameters[k], p)
	}
	asked := map[key]bool{}
	for _, d := range slices.Concat(directives, []Directive{{}, {Name: "zzz"}, {Name: "listen"}, {Name: "listen", Module: "zzz"}}) {
		k := key{d.Name, d.Module}
		if got := SlotsOf(d.Name, d.Module); !reflect.DeepEqual(got, wantSlots[k]) {
			t.Errorf("%v: got %v, want %v", k, got, wantSlots[k])
		}
		if got := ParametersOf(d.Name, d.Module); !reflect.DeepEqual(got, wantParameters[k]) {
			t.Errorf("%v: got %v, want %v", k, got, wantParameters[k])
		}
		asked[k] = true
	}
	for k := range wantSlots {
		if !asked[k] {
			t.Errorf("%v has slots and is no directive", k)
		}
	}
	for k := range wantParameters {
		if !asked[k] {
			t.Errorf("%v has parameters and is no directive", k)
		}
	}
}
