package workspace

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
)

// carriedHosts makes hosts of what was found inside a manifest, a playbook or
// another carrier: texts of different machines, containers or pods stay apart.
func (j *joiner) carriedHosts(found embed.Found, sel *selection) ([]*Host, error) {
	var all []*Host
	var hosts []string
	byHost := map[string][]embed.Text{}
	for _, t := range found.Texts {
		if j.sent[t.File] {
			continue
		}
		if _, ok := byHost[t.Host]; !ok {
			hosts = append(hosts, t.Host)
		}
		byHost[t.Host] = append(byHost[t.Host], t)
	}
	for _, name := range hosts {
		more, err := j.carriedHostsOf(byHost[name], sel)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// carriedHostsOf makes hosts of the texts of one host. Kernel settings are read
// together with the nginx configuration beside them if there is just one.
func (j *joiner) carriedHostsOf(texts []embed.Text, sel *selection) ([]*Host, error) {
	set, err := j.settings.of(texts[0].File)
	if err != nil {
		return nil, err
	}
	var nginx []*Host
	var kernel []*source.File
	target := set.Target
	for _, t := range texts {
		if t.Kind == detect.Sysctl {
			kernel = append(kernel, t.File)
			if !target.Container.In {
				target.Container = containerOf(t)
			}
			continue
		}
		beside := j.beside(t.File, sel)
		u := &Host{Settings: set, Input: model.Input{
			Target: targetOf(t.File, set, beside), Main: t.File, Trees: j.trees, Partial: true, Reader: siblings{t.File, texts},
			EventStreams: set.Streams, Backends: set.Backends, Services: beside, Context: j.options.Context,
		}}
		for _, c := range strings.FieldsFunc(t.Context, func(r rune) bool { return r == ',' }) {
			if k, ok := model.ParseKind(c); ok && j.options.Context == nil {
				u.Input.Context = append(u.Input.Context, k)
			}
		}
		nginx = append(nginx, j.builder.build(u))
	}
	nginx = withoutIncluded(nginx)
	if len(kernel) > 0 {
		u := &Host{Settings: set, Input: model.Input{Target: target, Trees: j.trees}}
		if len(nginx) == 1 && !nginx[0].Model.Nginx.Fragment {
			u = nginx[0]
			target.Nginx, target.Server, target.ServerFrom = u.Input.Target.Nginx, u.Input.Target.Server, u.Input.Target.ServerFrom
			u.Input.Target = target
		} else {
			nginx = append(nginx, u)
		}
		u.Input.Sysctl = kernel
		j.builder.build(u)
	}
	return nginx, nil
}

// containerOf is where the kernel settings of a text are made.
func containerOf(t embed.Text) model.Container {
	return model.Container{In: t.Container != "", Pod: t.Container == "kubernetes", Declared: t.Declared}
}

// siblings is a Reader that gives a text those that stand beside it in the same
// carrier, by the names that they are used under. A carrier often tells the last
// part of a name only.
type siblings struct {
	main  *source.File
	texts []embed.Text
}

// Read returns the text of a name.
func (s siblings) Read(name string) (*source.File, error) {
	rel := s.relative(name)
	for _, t := range s.texts {
		if t.Kind == detect.Nginx && t.Name != "" && t.File != s.main && endsWith(rel, t.Name) {
			return t.File, nil
		}
	}
	return nil, fs.ErrNotExist
}

// List returns the names in a folder.
func (s siblings) List(dir string) ([]string, error) {
	var names []string
	rel := s.relative(dir)
	for _, t := range s.texts {
		if t.Kind != detect.Nginx || t.Name == "" || t.File == s.main {
			continue
		}
		if in := path.Dir(t.Name); in == "." || endsWith(rel, in) {
			names = append(names, path.Base(t.Name))
		}
	}
	if len(names) == 0 {
		return nil, fs.ErrNotExist
	}
	slices.Sort(names)
	return names, nil
}

// relative cuts the folder of the main text off a path that was joined to it.
func (s siblings) relative(name string) string {
	if dir := path.Dir(s.main.Path); dir != "." {
		return strings.TrimPrefix(name, dir+"/")
	}
	return name
}

// endsWith reports whether one of two paths is the end of the other.
func endsWith(a, b string) bool {
	return a == b || strings.HasSuffix(a, "/"+b) || strings.HasSuffix(b, "/"+a)
}
