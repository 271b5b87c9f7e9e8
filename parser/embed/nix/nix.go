// Package nix finds texts in NixOS modules.
package nix

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// Takes takes Nix files in which a word speaks of nginx or the kernel.
func Takes(base, _, text string) bool {
	return path.Ext(base) == ".nix" && (text == carrier.Anything || strings.Contains(text, "sysctl") || strings.Contains(text, "nginx"))
}

// Read reads the kernel settings and the nginx configuration of NixOS
// modules.
func Read(f *source.File) carrier.Found {
	finder := carrier.NewFinder(f, Read)
	root := parseNix(f.Text)
	if root == nil {
		return carrier.Found{Skipped: []carrier.Skipped{{Reason: "the Nix expression cannot be read"}}}
	}
	n := &nix{Finder: finder, in: f, machines: map[string]string{}}
	n.walk(nil, root, "")
	n.passes()
	return finder.Found()
}

// nix goes through the modules of a file.
type nix struct {
	*carrier.Finder

	in       *source.File
	passed   []*nixLocation
	machines map[string]string // worlds by what stands in front of "boot" or "services"
}

// walk goes through an expression that is the value of the attributes of path. A
// condition makes a world of its own, and so does a function, which may be one
// that makes a machine.
func (n *nix) walk(attrs []nixToken, x *nixNode, world string) {
	switch x.form {
	case nixSet:
		for _, b := range x.binds {
			path := append(slices.Clip(attrs), b.path...)
			n.declared(path, b.value, world)
			n.walk(path, b.value, world)
		}
	case nixInside:
		for _, b := range x.binds {
			if isWriteText(b.value) {
				n.walk(nil, b.value, world)
			}
		}
		n.walk(attrs, x.kids[0], world)
	case nixList:
		for _, k := range x.kids {
			n.walk(attrs, k, world)
		}
	case nixChoice:
		for _, k := range x.kids {
			n.walk(attrs, k, n.Branch(world, "branch"))
		}
	case nixApply:
		n.apply(attrs, x, world)
	case nixChain:
		n.chain(attrs, x, world)
	default:
		n.leaf(attrs, x, world)
	}
}

// apply goes through the arguments of a function.
func (n *nix) apply(attrs []nixToken, x *nixNode, world string) {
	name := ""
	if f := x.kids[0]; f.form == nixName {
		name = f.name[strings.LastIndexByte(f.name, '.')+1:]
	}
	args := x.kids[1:]
	last := args[len(args)-1]
	switch name {
	case "writeText":
		if isWriteText(x) {
			n.written(args[0].token, args[1].token, world)
		}
	case "mkDefault", "mkForce", "mkBefore", "mkAfter", "mkMerge", "mkVMOverride":
		if len(args) == 1 {
			n.walk(attrs, last, world)
		}
	case "mkOverride", "mkOrder":
		if len(args) == 2 {
			n.walk(attrs, last, world)
		}
	case "mkIf", "optionalAttrs", "optionals", "optional", "optionalString":
		if len(args) == 2 {
			n.walk(attrs, last, n.Branch(world, "branch"))
		}
	default:
		if len(attrs) > 0 && decides(attrs) {
			n.leaf(attrs, x, world)
			return
		}
		for _, a := range args {
			if a.form == nixSet || a.form == nixList || a.form == nixInside {
				n.walk(nil, a, n.Branch(world, "module"))
			}
		}
	}
}

// decides reports whether the attributes are below those that are read here, so
// that what a function makes of its arguments is not known.
func decides(attrs []nixToken) bool {
	names := nixNames(attrs)
	text := "." + strings.Join(names, ".") + "."
	return strings.Contains(text, ".boot.kernel.sysctl.") || strings.Contains(text, ".services.nginx.")
}

// chain goes through sets that are joined by "//": what stands in front of
// something unknown may be replaced by it.
func (n *nix) chain(attrs []nixToken, x *nixNode, world string) {
	if x.name != "//" {
		n.leaf(attrs, x, world)
		return
	}
	first := 0
	for i, k := range x.kids {
		if k.form != nixSet && k.form != nixInside && (k.form != nixApply || !nixOptional(k)) {
			first = i + 1
		}
	}
	names := nixNames(attrs)
	flat := len(names) > 2 && names[len(names)-1] == "sysctl"
	for _, k := range x.kids[first:] {
		in := world
		if !flat {
			in = n.Branch(world, "part") // one replaces all of an attribute of another
		}
		n.walk(attrs, k, in)
	}
}

// nixOptional reports whether a function gives back its last argument or an empty
// set.
func nixOptional(x *nixNode) bool {
	f := x.kids[0]
	return f.form == nixName && strings.HasSuffix("."+f.name, ".optionalAttrs") && len(x.kids) == 3 && x.kids[2].form == nixSet
}

// nixNames returns attributes as names.
func nixNames(attrs []nixToken) []string {
	names := make([]string, 0, len(attrs))
	for _, a := range attrs {
		name := a.text
		if a.kind == nixString {
			name = name[1 : len(name)-1]
		}
		names = append(names, name)
	}
	return names
}

// leaf looks at a value that is no set.
func (n *nix) leaf(attrs []nixToken, x *nixNode, world string) {
	names := nixNames(attrs)
	for i := range names {
		rest := names[i:]
		switch {
		case len(rest) == 4 && rest[0] == "boot" && rest[1] == "kernel" && rest[2] == "sysctl":
			n.sysctl(attrs[i+3], x, n.machine(names[:i], world))
			return
		case len(rest) == 4 && rest[0] == "environment" && rest[1] == "etc" && rest[3] == "text":
			n.file(attrs[i+2], x, n.machine(names[:i], world))
			return
		case len(rest) > 2 && rest[0] == "services" && rest[1] == "nginx":
			n.nginx(attrs[i:], rest[2:], x, n.machine(names[:i], world))
			return
		}
	}
}

// machine returns the world of what is set below a prefix: "config" is the module
// itself, "nodes.client" a machine.
func (n *nix) machine(prefix []string, world string) string {
	name := strings.Join(prefix, ".")
	if name == "" || name == "config" {
		return world
	}
	key := world + "\x00" + name
	if _, ok := n.machines[key]; !ok {
		n.machines[key] = n.Branch(world, name)
	}
	return n.machines[key]
}

// sysctl reads one kernel setting.
func (n *nix) sysctl(attr nixToken, x *nixNode, world string) {
	if attr.kind != nixString || len(attr.code) > 0 {
		return
	}
	key, _ := nixText(n.in, attr)
	value := carrier.Unknown(n.in, x.span.Start, x.span.End)
	switch {
	case x.form == nixLeaf && x.token.kind == nixNumber:
		value = carrier.Literal(n.in, x.span.Start, x.span.End)
	case x.form == nixLeaf:
		value, _ = nixText(n.in, x.token)
	case x.form == nixName && x.name == "true":
		value = carrier.Glue("1")
	case x.form == nixName && x.name == "false":
		value = carrier.Glue("0")
	case x.form == nixName && x.name == "null":
		return // takes the setting away
	}
	n.SettingOnce(world, "boot.kernel.sysctl", key, value)
}

// file reads a file below /etc.
func (n *nix) file(attr nixToken, x *nixNode, world string) {
	if x.form != nixLeaf || x.token.kind == nixNumber || attr.kind != nixString {
		return
	}
	name, _ := nixText(n.in, attr)
	text, enc := nixText(n.in, x.token)
	n.Content(world, "/etc/"+attr.text[1:len(attr.text)-1], append(carrier.Glue("/etc/"), name...), text, enc)
}

// nixContexts are the options that hold nginx configuration, with the context
// that it is put in; "*" is any name.
var nixContexts = []struct{ option, context string }{
	{"config", "main"},
	{"appendConfig", "main"},
	{"eventsConfig", "events"},
	{"httpConfig", "http"},
	{"commonHttpConfig", "http"},
	{"appendHttpConfig", "http"},
	{"streamConfig", "stream"},
	{"commonServerConfig", "http,server"},
	{"upstreams.*.extraConfig", "http,upstream"},
	{"virtualHosts.*.extraConfig", "http,server"},
	{"virtualHosts.*.locations.*.extraConfig", "http,server,location"},
}

// nginx reads a piece of nginx configuration.
func (n *nix) nginx(attrs []nixToken, option []string, x *nixNode, world string) {
	if x.form != nixLeaf || x.token.kind != nixString && x.token.kind != nixLines {
		return
	}
	for _, c := range nixContexts {
		want := strings.Split(c.option, ".")
		if !sameOption(want, option) {
			continue
		}
		var name []string
		for _, a := range attrs {
			name = append(name, a.text)
		}
		text, enc := nixText(n.in, x.token)
		text = directives(text)
		d := n.Start(detect.Nginx, world, strings.Join(strings.Fields(strings.Join(name, ".")), " "))
		d.Context = c.context
		d.Append(text, enc)
		return
	}
}

func sameOption(want, option []string) bool {
	if len(want) != len(option) {
		return false
	}
	for i, w := range want {
		if w != "*" && w != option[i] {
			return false
		}
	}
	return true
}
