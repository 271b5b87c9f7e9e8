package nix

import (
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// nixLocation is a location that is declared by options.
type nixLocation struct {
	world, name string
	pass        nixToken
	// more says that other options put more into it: headers for WebSockets, a text.
	more bool
}

// declared reads options of nginx that are no text of its configuration: the target of
// a location, and the servers of an upstream.
func (n *nix) declared(attrs []nixToken, x *nixNode, world string) {
	names := nixNames(attrs)
	for i := range names {
		option := names[i:]
		if len(option) < 6 || option[0] != "services" || option[1] != "nginx" {
			continue
		}
		in := n.machine(names[:i], world)
		switch {
		case sameOption([]string{"services", "nginx", "virtualHosts", "*", "locations", "*", option[len(option)-1]}, option):
			n.location(option, x, in)
		case sameOption([]string{"services", "nginx", "upstreams", "*", "servers", "*"}, option) && x.form == nixSet:
			n.server(attrs[len(attrs)-1], option, in)
		}
		return
	}
}

// location notes an option of a location.
func (n *nix) location(option []string, x *nixNode, world string) {
	name := strings.Join(option[:len(option)-1], ".")
	var l *nixLocation
	for _, k := range n.passed[max(len(n.passed)-64, 0):] { // options of one location stand near each other
		if k.world == world && k.name == name {
			l = k
		}
	}
	if l == nil {
		l = &nixLocation{world: world, name: name}
		n.passed = append(n.passed, l)
	}
	switch last := option[len(option)-1]; {
	case last == "proxyPass" && x.form == nixLeaf && x.token.kind == nixString:
		l.pass = x.token
	case last == "proxyPass", last == "proxyWebsockets", last == "extraConfig", last == "recommendedProxySettings":
		l.more = true
	}
}

// passes adds the targets of locations of which nothing else is declared.
func (n *nix) passes() {
	for _, l := range n.passed {
		if l.pass.kind != nixString || l.more {
			continue
		}
		value, _ := nixText(n.in, l.pass)
		d := n.Start(detect.Nginx, l.world, l.name+".proxyPass")
		d.Context = "http,server,location"
		text := append(carrier.Glue("proxy_pass "), value...)
		d.Append(append(text, carrier.Glue(";\n")...), source.Encoding{Escape: carrier.Without("\"\\$\n;")})
	}
}

// server adds a server of an upstream, whose address is the name of an attribute.
func (n *nix) server(attr nixToken, option []string, world string) {
	if attr.kind != nixString || strings.ContainsAny(option[3], " \t\n;{}\"'\\$") {
		return
	}
	value, _ := nixText(n.in, attr)
	// What else is in the block, from other options, is not known.
	d := n.Start(detect.Nginx, n.Branch(world, "server"), strings.Join(option[:5], "."))
	d.Context = "http"
	text := append(carrier.Glue("upstream "+option[3]+" {\n    server "), value...)
	d.Append(append(text, carrier.Glue(";\n    "+string(source.Unknown)+";\n}\n")...), source.Encoding{Escape: carrier.Without("\"\\$\n;")})
}

// isWriteText reports whether an expression is pkgs.writeText "name" "text".
func isWriteText(x *nixNode) bool {
	if x.form != nixApply || len(x.kids) != 3 || x.kids[0].form != nixName || !strings.HasSuffix("."+x.kids[0].name, ".writeText") {
		return false
	}
	name, text := x.kids[1], x.kids[2]
	return name.form == nixLeaf && name.token.kind == nixString && text.form == nixLeaf && (text.token.kind == nixString || text.token.kind == nixLines)
}

// written reads a file that writeText makes.
func (n *nix) written(name, text nixToken, world string) {
	target, _ := nixText(n.in, name)
	content, enc := nixText(n.in, text)
	n.Content(world, target.String(), target, content, enc)
}

// directives ends what stands for code alone on its line: "${common}" is some
// directives.
func directives(p carrier.Phrase) carrier.Phrase {
	text := p.String()
	if !source.HasUnknown(text) {
		return p
	}
	cut := p.Cutter()
	var out carrier.Phrase
	at := 0
	for line := range strings.Lines(text) {
		body := strings.TrimRight(line, " \t\r\n")
		alone := body != "" && strings.Trim(body, " \t"+string(source.Unknown)) == ""
		out = append(out, cut.Slice(at, at+len(body))...)
		if alone {
			out = append(out, carrier.Glue(";")...)
		}
		out = append(out, cut.Slice(at+len(body), at+len(line))...)
		at += len(line)
	}
	return out
}
