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
		t.sysctl[f] = tree
	}
	return tree
}
