package workspace

import (
	"cmp"
	"maps"
	"path"
	"slices"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// mostServices is how many entries of folders are looked at in search of what runs
// beside nginx.
const mostServices = 100_000

// largestService is the size above which a file is not one that people write.
const largestService = 1 << 20

// inventory is what runs beside nginx in a folder, with what it was read from.
type inventory struct {
	files []*source.File
	// asked are the files that were asked for besides, nil for one that is not there.
	asked map[string]*source.File
	*service.Inventory
}

// beside reads what runs beside nginx: the files of the repository in which a
// configuration lies, or else of the folder that was named, or of its own one. It is
// the same one as long as these are the same.
func (j *joiner) beside(main *source.File, sel *selection) *service.Inventory {
	own := path.Dir(j.names.name(main.OnDisk().Path))
	top := j.settings.repository(own)
	if top == "" {
		top = own
		if named := j.names.name(sel.dir); sel.dir != "" && within(named, own) {
			top = named
		}
	}
	if j.services == nil {
		j.services = map[string]*service.Inventory{}
	}
	key, named := top, sel.dir == "" || sel.near
	if named {
		key = own + " in " + top // of a file that was named, what lies around it
	}
	if inv, ok := j.services[key]; ok {
		return inv
	}
	var all []*source.File
	if named {
		all = j.nearServices(own, top)
	} else {
		all = j.serviceFiles(top)
	}
	inv := j.inventory(key, all)
	j.services[key] = inv
	return inv
}

// targetOf is what findings about an nginx file must hold for: what is told of it, and
// else the nginx of the container in which the file lies.
func targetOf(main *source.File, set *config.Settings, beside *service.Inventory) model.Target {
	t := set.Target
	if set.ServerTold {
		return t
	}
	if s := beside.Server(main); s.Known() {
		t.Nginx, t.Server, t.ServerFrom = s.Value.In, s.Value.Flavour, s.At
	}
	return t
}

func (j *joiner) inventory(key string, files []*source.File) *service.Inventory {
	raw := j.store.raw
	raw.mu.Lock()
	have := raw.services[key]
	raw.mu.Unlock()
	if have != nil && slices.Equal(have.files, files) && have.same(j) {
		return have.Inventory
	}
	next := &inventory{files: files, asked: map[string]*source.File{}}
	next.Inventory = service.Read(files, func(shown string) *source.File {
		f := j.ask(shown)
		next.asked[shown] = f
		return f
	})
	raw.mu.Lock()
	raw.services[key] = next
	raw.mu.Unlock()
	return next.Inventory
}

// same reports whether the files that were asked for are still the same.
func (inv *inventory) same(j *joiner) bool {
	for _, shown := range slices.Sorted(maps.Keys(inv.asked)) {
		if j.ask(shown) != inv.asked[shown] {
			return false
		}
	}
	return true
}

// ask returns a file by its path, nil if it is not there, or not one that people
// write.
func (j *joiner) ask(shown string) *source.File {
	name := j.names.name(shown)
	if j.store.raw.find(name) != nil {
		return nil
	}
	return j.serviceFile(shown)
}

func (j *joiner) serviceFile(shown string) *source.File {
	f, err := j.store.open(shown, true)
	if err != nil || len(f.Text) > largestService {
		return nil
	}
	return f
}

// serviceFiles finds the files below a folder that may say what runs beside nginx.
func (j *joiner) serviceFiles(top string) []*source.File {
	shown := j.names.shown(top)
	return j.openServices(j.settings.found(search{shown, true}, func() *finder {
		s := newFinder(j.settings, shown)
		s.likely, s.budget, s.candidate = true, mostServices, service.Candidate
		return s
	}))
}

// nearServices finds those around a folder of a repository that may be large, and
// those that lie in the folders on the way to its root.
func (j *joiner) nearServices(own, root string) []*source.File {
	all, top := j.settings.near(own, root, func(f *finder) { f.candidate = service.Candidate })
	for dir := cmp.Or(top, own); dir != root && dir != path.Dir(dir); {
		dir = path.Dir(dir)
		f := newFinder(j.settings, j.names.shown(dir))
		f.flat, f.candidate = true, service.Candidate
		all = append(all, f.below(j.names.shown(dir))...)
	}
	return j.openServices(all)
}

func (j *joiner) openServices(all []found) []*source.File {
	var out []*source.File
	seen := map[*source.File]bool{}
	for _, x := range all {
		if x.why != "" || x.err != nil {
			continue
		}
		if f := j.serviceFile(x.path); f != nil && !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	}
	return out
}
