package model

import (
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// Trees keeps the trees of files, so that a file is parsed once however often
// it is included and however many rounds of fixes are made elsewhere. It is not
// for use by several goroutines.
type Trees struct {
	nginx  map[*source.File]*nginx.Tree
	sysctl map[*source.File]*sysctl.Tree
	// older is asked first and never changed.
	older *Trees
	// Parsed is the number of trees that were made, not copied.
	Parsed int
}

// NewTrees returns an empty store.
func NewTrees() *Trees {
	return &Trees{nginx: map[*source.File]*nginx.Tree{}, sysctl: map[*source.File]*sysctl.Tree{}}
}

// fork returns a store that knows what this one knows. It may be used by another
// goroutine as long as nothing is added to this one.
func (t *Trees) fork() *Trees {
	n := NewTrees()
	n.older = t
	return n
}

// Copy returns a store with the trees of those files that are to be kept.
func (t *Trees) Copy(keep func(*source.File) bool) *Trees {
	n := NewTrees()
	for f, tree := range t.nginx {
		if keep(f) {
			n.nginx[f] = tree
		}
	}
	for f, tree := range t.sysctl {
		if keep(f) {
			n.sysctl[f] = tree
		}
	}
	return n
}

// Nginx returns the tree of an nginx file.
func (t *Trees) Nginx(f *source.File) *nginx.Tree {
	if t.older != nil {
		if tree, ok := t.older.nginx[f]; ok {
			return tree
		}
	}
	tree, ok := t.nginx[f]
	if !ok {
		tree = nginx.Parse(f)
		t.Parsed++
		t.nginx[f] = tree
	}
	return tree
}

// Sysctl returns the tree of a sysctl file.
func (t *Trees) Sysctl(f *source.File) *sysctl.Tree {
	if t.older != nil {
		if tree, ok := t.older.sysctl[f]; ok {
			return tree
		}
	}
	tree, ok := t.sysctl[f]
	if !ok {
		tree = sysctl.Parse(f)
		t.Parsed++
		t.sysctl[f] = tree
	}
	return tree
}
