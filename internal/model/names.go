package model

import (
	"iter"

	"github.com/tcplint/tcplint/internal/facts"
)

// nameID stands for the name of a directive within one configuration: the number that
// it has in facts, or one of its own; 0 for a name of neither sort.
type nameID uint32

// idOf returns what stands for a name, and what is known of that; nil if nothing is.
func (n *Nginx) idOf(name string) (nameID, *facts.Name) {
	if known := facts.NameOf(name); known != nil {
		return nameID(known.Number), known
	}
	return n.own[name], nil
}

// note returns what stands for the name of a directive that occurs.
func (n *Nginx) note(name string) nameID {
	id, known := n.idOf(name)
	if id == 0 && known == nil {
		id = nameID(facts.NameCount() + len(n.own) + 1)
		if n.own == nil {
			n.own = map[string]nameID{}
		}
		n.own[name] = id
	}
	word := int(id / 64)
	if word >= len(n.present) {
		n.present = append(n.present, make([]uint64, word+1-len(n.present))...)
	}
	n.present[word] |= id.bit()
	return id
}

// occurs reports whether a directive of the name stands somewhere.
func (n *Nginx) occurs(id nameID) bool {
	word := int(id / 64)
	return id != 0 && word < len(n.present) && n.present[word]&id.bit() != 0
}

// bit is the bit that stands for the name, and for others, in Scope.has and
// Scope.reach.
func (id nameID) bit() uint64 { return 1 << (id % 64) }

// Has reports whether a directive of that name stands in any scope.
func (n *Nginx) Has(name string) bool {
	id, _ := n.idOf(name)
	return n.occurs(id)
}

// Owning yields the scopes that have a directive of their own, in order, with its last
// use in each; see Scope.Own.
func (n *Nginx) Owning(name string) iter.Seq2[*Scope, Setting] {
	return func(yield func(*Scope, Setting) bool) {
		id, _ := n.idOf(name)
		if !n.occurs(id) {
			return
		}
		for _, s := range n.Scopes {
			if set, ok := s.last(id); ok && !yield(s, set) {
				return
			}
		}
	}
}

// Uses yields every use of a directive with the scope in which it stands, in order.
func (n *Nginx) Uses(name string) iter.Seq2[*Scope, Setting] {
	return func(yield func(*Scope, Setting) bool) {
		id, _ := n.idOf(name)
		if !n.occurs(id) {
			return
		}
		for _, s := range n.Scopes {
			if s.has&id.bit() == 0 {
				continue
			}
			for i := range s.Settings {
				if s.Settings[i].name == id && !yield(s, s.Settings[i]) {
					return
				}
			}
		}
	}
}

// idOf returns what stands for a directive's name in the scope's Settings.
func (s *Scope) idOf(name string) nameID {
	if s.has == 0 {
		return 0 // an empty scope, which need not belong to a configuration
	}
	id, _ := s.host.Nginx.idOf(name)
	return id
}
