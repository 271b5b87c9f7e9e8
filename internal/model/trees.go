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
}

// NewTrees returns an empty store.
func NewTrees() *Trees {
	return &Trees{nginx: map[*source.File]*nginx.Tree{}, sysctl: map[*source.File]*sysctl.Tree{}}
}

// Nginx returns the tree of an nginx file.
func (t *Trees) Nginx(f *source.File) *nginx.Tree {
	tree, ok := t.nginx[f]
	if !ok {
		tree = nginx.Parse(f)
		t.nginx[f] = tree
	}
	return tree
}

// Sysctl returns the tree of a sysctl file.
func (t *Trees) Sysctl(f *source.File) *sysctl.Tree {
	tree, ok := t.sysctl[f]
	if !ok {
		tree = sysctl.Parse(f)
		t.sysctl[f] = tree
	}
	return tree
}
