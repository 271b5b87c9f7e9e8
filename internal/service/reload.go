package service

import (
	"regexp"
	"slices"

	"github.com/tcplint/tcplint/parser/source"
)

// reloaders are images of programs that reload nginx as certificates or other
// containers change.
var reloaders = []string{
	"nginxproxy/docker-gen", "jwilder/docker-gen", "nginxproxy/nginx-proxy", "jwilder/nginx-proxy", "nginxproxy/acme-companion",
	"jrcs/letsencrypt-nginx-proxy-companion", "hashicorp/consul-template", "jonasal/nginx-certbot", "staticfloat/nginx-certbot",
	"valian/docker-nginx-auto-ssl",
}

// reloadLoop is a shell's loop that reloads nginx after each pause, or as files change:
// the one that stands in many a Compose file beside certbot.
var reloadLoop = regexp.MustCompile(`(?:\bwhile\b|\bsleep\b|inotifywait)[^\n]*nginx -s reload`)

// Reloads returns what reloads a service that runs nginx again and again by itself: a
// program beside it, or a loop in the file that starts it. what is it in words.
func (inv *Inventory) Reloads(nginx *Service) (what string, at Place, ok bool) {
	if inv == nil || nginx == nil {
		return "", Place{}, false
	}
	for _, s := range inv.Services {
		name, _ := splitImage(s.Image.Value)
		if s.Group == nginx.Group && s.Kind == nginx.Kind && slices.Contains(reloaders, name) {
			return name, s.Image.At, true
		}
	}
	if f := nginx.At.File; f != nil && nginx.Kind == Compose {
		if loop := reloadLoop.FindStringIndex(f.Text); loop != nil {
			return "a loop", Place{File: f, Span: source.Span{Start: loop[0], End: loop[1]}}, true
		}
	}
	return "", Place{}, false
}
