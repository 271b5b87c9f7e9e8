package service

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// Server is nginx or a relative of it, in the nginx versions whose defaults it has.
type Server struct {
	Flavour facts.Flavour
	In      facts.Range
}

// Server returns which nginx reads a file, as the images of the containers tell in
// which it lies where nginx looks for its configuration. It is not known where one
// of their tags names no release ("nginx:alpine"), or where the containers run
// different servers.
func (inv *Inventory) Server(config *source.File) Field[Server] {
	var out Field[Server]
	if inv == nil || config == nil {
		return out
	}
	p := path.Clean(config.OnDisk().Path)
	for _, s := range inv.Services {
		if !s.runsNginx || !s.mountsConfig(p) {
			continue
		}
		one := imageServer(s.Image)
		switch {
		case !one.Known() || out.Known() && out.Value.Flavour.Name != one.Value.Flavour.Name:
			return Field[Server]{}
		case !out.Known():
			out = one
		default:
			out.Value.In = out.Value.In.Span(one.Value.In)
		}
	}
	return out
}

// imageServer reads the tag of an image that holds nginx. "nginx:1.27" is one of
// that series, as tags of images move.
func imageServer(image Field[string]) Field[Server] {
	name, tag := splitImage(image.Value)
	server := path.Base(name)
	switch server {
	case "nginx-unprivileged":
		server = "nginx"
	case "nginx-plus": // numbered otherwise
		return Field[Server]{}
	}
	m := tagVersion.FindStringSubmatch(tag)
	if image.Sure != Set || m == nil || strings.Count(m[1], ".") == 0 {
		return Field[Server]{}
	}
	flavour, in, err := facts.ParseServer(server + "-" + m[1])
	if err != nil {
		return Field[Server]{}
	}
	if strings.Count(m[1], ".") == 1 && in == facts.Only(in.From) {
		in.Before = facts.V(in.From.Major, in.From.Minor+1, 0)
	}
	out := as(image, Server{flavour, in})
	out.Name = "image"
	return out
}
