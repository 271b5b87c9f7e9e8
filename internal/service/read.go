//go:build !tcplint_core

package service

import (
	"slices"

	"github.com/tcplint/tcplint/parser/source"
)

// With returns the inventory with some files replaced, by path.
func (inv *Inventory) With(files map[string]*source.File) *Inventory {
	if inv == nil || !slices.ContainsFunc(inv.files, func(f *source.File) bool { return files[f.Path] != nil }) {
		return inv
	}
	all := slices.Clone(inv.files)
	for i, f := range all {
		if n := files[f.Path]; n != nil {
			all[i] = n
		}
	}
	return Read(all, inv.open)
}

// Read reads the files of a repository. Files that are none of what it knows are left
// alone. Others that they name are asked for by the path that they are shown under;
// open returns nil for one that is not there, and may be nil itself.
func Read(files []*source.File, open func(name string) *source.File) *Inventory {
	r := newRepo(files, open)
	inv := &Inventory{files: files, open: open}
	var bare []*process // of which nothing says what they run
	add := func(p *process) {
		found := p.understand()
		if p.opaque() && !p.runsNginx && len(found) == 1 && !p.Program.Known() {
			bare = append(bare, p)
			return
		}
		inv.Services = append(inv.Services, found...)
	}
	for _, c := range composeProjects(r) {
		for _, p := range c.services() {
			add(p)
		}
	}
	all := objects(r)
	inv.ingress = controllers(r, all)
	containers, meshes := manifests(r, all)
	inv.meshes = meshes
	for _, p := range containers {
		add(p)
	}
	for _, p := range units(r) {
		add(p)
	}
	activate(r, inv.Services)
	for _, p := range quadlets(r) {
		add(p)
	}
	for _, p := range procfiles(r) {
		add(p)
	}
	for _, p := range supervised(r, inv.Services) {
		add(p)
	}
	inv.Services = append(inv.Services, own(r, bare)...)
	inv.Handed = handedAround(r)
	inv.LargeFrames = largeFrames(r)
	inv.reloads = machineReloads(r)
	inv.images = nginxImages(r)
	return inv
}
