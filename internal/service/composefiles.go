package service

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

var composeName = lazyre.New(`(?i)^(docker-)?compose.*\.ya?ml$|^(docker-)?stack.*\.ya?ml$|compose[^/]*\.ya?ml$`)

// isCompose reports whether a file may be one of Compose by its name, or a stack by
// its content.
func isCompose(f *source.File) bool {
	if !isYAML(f.Path) {
		return false
	}
	return strings.Contains(f.Text, "services:") && (composeName.MatchString(path.Base(f.Path)) || strings.Contains(f.Text, "image:") || strings.Contains(f.Text, "build:"))
}

func isYAML(p string) bool { ext := path.Ext(p); return ext == ".yml" || ext == ".yaml" }

// composeProject are the files that are read as one.
type composeProject struct {
	repo *repo
	dir  string
	// path is that of the first file, group that of the project it is part of.
	path, group string
	docs        []*yamlDoc
	// only is the file whose services are meant, where the others have a project of
	// their own; nil for those of all files.
	only *source.File
}

// composeProjects sorts Compose files into projects: those that COMPOSE_FILE of an .env
// file names, a file with the override that lies beside it, one that only changes
// services of such a file with that, and every other file alone. What a file includes
// is of its project.
func composeProjects(r *repo) []*composeProject {
	var out []*composeProject
	joined := map[string]bool{} // files that are read with others
	read := func(files ...*source.File) {
		c := &composeProject{repo: r, dir: path.Dir(path.Clean(files[0].Path)), path: path.Clean(files[0].Path)}
		for _, f := range files {
			if y := readYAML(f); len(y.docs) > 0 {
				c.docs = append(c.docs, y.docs[0])
			}
		}
		if len(c.docs) == 0 || len(entries(at(c.docs[0].root, "services"))) == 0 && at(c.docs[0].root, "include") == nil {
			return
		}
		if env := r.file(path.Join(c.dir, ".env")); env != nil {
			variables := readDotEnv(env)
			for _, d := range c.docs {
				d.variables = variables
			}
		}
		out = append(out, c)
	}
	for _, f := range r.order {
		if !isCompose(f) || joined[path.Clean(f.Path)] {
			continue
		}
		files := r.composeFiles(path.Dir(path.Clean(f.Path)))
		if !slices.Contains(files, f) {
			continue
		}
		for _, g := range files {
			joined[path.Clean(g.Path)] = true
		}
		read(files...)
	}
	for _, f := range r.order {
		if !isCompose(f) || joined[path.Clean(f.Path)] || isOverride(f.Path) && r.base(f.Path) != nil {
			continue
		}
		if base := r.changed(f); base != nil {
			read(base, f)
			out[len(out)-1].only = f
			continue
		}
		ext := path.Ext(f.Path)
		if over := r.file(strings.TrimSuffix(f.Path, ext) + ".override" + ext); over != nil {
			read(f, over)
			continue
		}
		read(f)
	}
	group := map[string]string{}
	for _, c := range out {
		c.group = c.path
		for _, d := range c.docs {
			for _, name := range included(d) {
				group[path.Join(c.dir, name)] = c.path
			}
		}
	}
	for _, c := range out {
		for range out { // what is included may include
			if g, ok := group[c.group]; ok && g != c.group {
				c.group = g
			}
		}
	}
	return out
}

// included are the files that a file includes.
func included(d *yamlDoc) []string {
	var out []string
	for _, n := range list(at(d.root, "include")) {
		if n.Kind == yaml.MappingNode {
			n = at(n, "path")
		}
		for _, p := range append(list(n), n) {
			if f := d.scalar(p, "include", true); f.Known() && !unknown(f.Value) {
				out = append(out, f.Value)
			}
		}
	}
	return out
}

// composeFiles are the files that COMPOSE_FILE names in the .env file of a folder, if
// all of them are there.
func (r *repo) composeFiles(dir string) []*source.File {
	env := r.file(path.Join(dir, ".env"))
	if env == nil {
		return nil
	}
	variables := readDotEnv(env)
	names := variables["COMPOSE_FILE"]
	separator := variables["COMPOSE_PATH_SEPARATOR"]
	if separator == "" {
		separator = ":"
	}
	var out []*source.File
	for name := range strings.SplitSeq(names, separator) {
		f := r.file(path.Join(dir, name))
		if name == "" || f == nil {
			return nil
		}
		out = append(out, f)
	}
	return out
}

// changed returns the file that another one in its folder only changes: it has a
// service without an image and a build, which the file of the usual name has with one;
// where there is no such file, the only other one that does.
func (r *repo) changed(f *source.File) *source.File {
	dir := path.Dir(path.Clean(f.Path))
	for _, name := range r.composeServices(f).partial {
		if base := r.up(dir, 0, "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"); base != nil {
			if base != f && r.composeServices(base).whole[name] {
				return base
			}
			continue
		}
		var bases []*source.File
		for _, g := range r.order {
			if g != f && isCompose(g) && path.Dir(path.Clean(g.Path)) == dir && r.composeServices(g).whole[name] {
				bases = append(bases, g)
			}
		}
		if len(bases) == 1 {
			return bases[0]
		}
	}
	return nil
}

// composeNames are the services of a Compose file: those that can stand alone, and those
// that cannot.
type composeNames struct {
	whole   map[string]bool
	partial []string
}

func (r *repo) composeServices(f *source.File) composeNames {
	if have, ok := r.composed[f]; ok {
		return have
	}
	out := composeNames{whole: map[string]bool{}}
	if y := readYAML(f); len(y.docs) > 0 {
		for _, e := range entries(at(y.docs[0].root, "services")) {
			if startsSomething(e.value) {
				out.whole[e.key.Value] = true
			} else {
				out.partial = append(out.partial, e.key.Value)
			}
		}
	}
	r.composed[f] = out
	return out
}

func startsSomething(n *yaml.Node) bool {
	return at(n, "image") != nil || at(n, "build") != nil || at(n, "extends") != nil
}

// readDotEnv reads the variables of an .env file.
func readDotEnv(f *source.File) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(f.Text) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if value = strings.Trim(strings.TrimSpace(value), `"'`); ok && isName(name) && value != "" && !strings.Contains(value, "$") {
			out[name] = value
		}
	}
	return out
}

// environmentFile reads the variables of a file, "NAME=value" a line.
func (p *process) environmentFile(f *source.File) {
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if ok && isName(name) && !strings.Contains(value, "$") {
			p.setenv(name, Field[string]{Value: strings.Trim(strings.TrimSpace(value), `"'`), Sure: Set, Name: name, At: lineSpan(f, start, line)})
		}
	}
}

// dotEnv reads the variables of a file that the program reads itself, below those of its
// environment.
func (p *process) dotEnv(name string) {
	f := p.open(name)
	if f == nil {
		return
	}
	q := process{Service: &Service{}}
	q.environmentFile(f)
	for k, v := range q.env {
		if _, there := p.env[k]; !there {
			p.setenv(k, v)
		}
	}
}

func isOverride(p string) bool {
	return strings.HasSuffix(strings.TrimSuffix(p, path.Ext(p)), ".override")
}

func (r *repo) base(p string) *source.File {
	ext := path.Ext(p)
	return r.file(strings.TrimSuffix(strings.TrimSuffix(p, ext), ".override") + ext)
}
