// Package workspace knows which files there are, what each of them is, and which of
// them are one host.
//
// It works in four steps, each of which hands its values to the next: a finder
// looks for files by their names, a recogniser reads them and tells what they are, a
// settler knows which configuration holds in a folder, a joiner makes hosts. All of
// them read through a file system that is handed in, with texts that are not saved in
// front of it; nothing here knows of a terminal, of flags or of a process.
package workspace

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// Options say what is asked about, and how it is read.
type Options struct {
	// Dir is the name of the folder that paths count from; empty is the root of the
	// file system.
	Dir string
	// Volumes says that absolute paths begin with the name of a volume ("C:/x", which
	// is their name, too), not with "/".
	Volumes bool
	// Paths are the files and folders that are asked about, as people write them: with
	// forward slashes, from Dir or absolute. None are the folder itself, unless there
	// is an Input.
	Paths []string
	// Input is a text that is asked about besides, such as standard input.
	Input *Input
	// Unsaved are texts that count in the place of files, by path.
	Unsaved map[string]string
	// Config is the path of a configuration file to be used instead of the nearest
	// ones; empty if there is none.
	Config string
	// Override is what counts more than configuration files.
	Override config.Override
	// As is what files that are named one by one are; None means that their names and
	// contents tell.
	As detect.Kind
	// Context is where fragments of nginx configuration stand, outermost first; nil
	// means that it is inferred.
	Context []model.Kind
	// IgnoreUnknown passes over named files that hold nothing.
	IgnoreUnknown bool
	// Listed returns the files of a repository that git does not ignore, as "git
	// ls-files" does: paths from its root, with a "/" at the end of those that are
	// repositories of their own. It is asked by the name of the repository's folder,
	// and not ok if git cannot say. Where it is nil, ignore files are read instead,
	// which know neither what is in the index all the same, nor the user's own ones.
	Listed func(repository string) (paths []string, ok bool)
}

// Input is a text that is handed in.
type Input struct {
	// Path is the file whose text it is; empty if it is none.
	Path string
	Text string
}

// InputName is how an Input without a path is shown.
const InputName = "<stdin>"

// Work counts what was done since a workspace was opened, for those who want to know
// what a change costs. Counts may be read at any time.
type Work struct {
	// Read are files whose text was read, Listed folders that were listed.
	Read, Listed atomic.Int64
	// Recognised are files of which it was found out what they are, Parsed those of
	// which a tree was made, Built hosts.
	Recognised, Parsed, Built atomic.Int64
}

// Workspace is what was found at one moment. It does not change, and may be used by
// several goroutines; With makes another one.
type Workspace struct {
	options  Options
	raw      *raw
	store    *store
	settings *settler
	builder  *builder
	trees    *model.Trees
	input    *source.File

	selections []*selection
	hosts      []*Host
	messages   messages
	notChecked []lint.NotChecked
}

// Open reads a workspace. It returns one in any case; the error is one that leaves no
// hosts in it, such as a wrong configuration file.
func Open(fsys FS, o Options) (*Workspace, error) { return open(newRawOf(fsys, &o), o, nil) }

// newRawOf completes options and puts them in order, and returns what is to be read through.
func newRawOf(fsys FS, o *Options) *raw {
	if o.Dir == "" {
		o.Dir = "."
	}
	if len(o.Paths) > 1 { // what is said does not depend on the order in which they are named
		o.Paths = slices.SortedFunc(slices.Values(o.Paths), comparePaths)
	}
	names := names{dir: o.Dir, root: "/"}
	if o.Volumes {
		names.root = ""
	}
	raw := newRaw(newOverlay(fsys, nil), names, &Work{})
	unsaved := map[string]string{}
	for p, text := range o.Unsaved {
		unsaved[names.name(p)] = text
	}
	raw.setUnsaved(unsaved)
	return raw
}

// open goes through all steps. Of an older workspace it keeps the hosts that are
// still the same.
func open(raw *raw, o Options, old *Workspace) (*Workspace, error) {
	w, err := prepare(raw, o, old)
	if err != nil {
		return w, err
	}
	if err := w.read(); err != nil {
		return w, err
	}
	return w, w.join()
}

// prepare makes a workspace in which nothing was looked for.
func prepare(raw *raw, o Options, old *Workspace) (*Workspace, error) {
	w := &Workspace{options: o, raw: raw, store: newStore(raw)}
	w.settings = newSettler(w.store, &w.options.Override, w.options.Listed)
	if old == nil {
		w.trees, w.builder = model.NewTrees(), newBuilder(nil, raw.work)
	} else {
		w.trees, w.builder = old.trees.Copy(raw.current()), newBuilder(old.builder, raw.work)
	}
	if o.Config != "" {
		p := raw.config(raw.names.name(o.Config), path.Clean(o.Config))
		if p.err != nil {
			return w, p.err
		}
		w.settings.given = p.file
	}
	if o.Input != nil {
		w.addInput(o.Input)
	}
	return w, nil
}

func (w *Workspace) addInput(in *Input) {
	if in.Path == "" {
		w.input = w.store.put(InputName, in.Text)
		w.settings.nameless = w.input
		return
	}
	w.input = w.store.put(in.Path, in.Text)
}

// read finds and recognises what the paths name: folders first, as they decide what
// is read together.
func (w *Workspace) read() error {
	r := &recogniser{store: w.store, settings: w.settings, messages: &w.messages, seen: map[*source.File]bool{}}
	defer func() { w.notChecked = r.notChecked }()
	paths := w.options.Paths
	if len(paths) == 0 && w.input == nil {
		paths = []string{"."}
	}
	var files []string
	for _, p := range paths {
		p = path.Clean(p)
		name := w.raw.names.name(p)
		info, err := w.raw.stat(name)
		switch {
		case err != nil:
			w.messages.problem(reading(p, err))
		case info.IsDir():
			// A wrong configuration is an error even where there is nothing to check.
			if _, err := w.settings.in(name); err != nil {
				return err
			}
			w.selections = append(w.selections, r.folder(p, w.settings.found(search{dir: p}, func() *finder { return newFinder(w.settings, p) })))
		default:
			w.raw.nameByHand(name)
			files = append(files, p)
		}
	}
	if named := r.named(files, w.input, &w.options); named != nil {
		w.selections = append(w.selections, named)
	}
	return nil
}

// join makes hosts of what was read.
func (w *Workspace) join() error {
	j := &joiner{
		store: w.store, names: w.raw.names, settings: w.settings, options: &w.options, messages: &w.messages,
		builder: w.builder, trees: w.trees, mains: map[mainsKey][]*Host{}, sent: map[*source.File]bool{},
	}
	before := w.trees.Parsed
	for _, sel := range w.selections {
		hosts, err := j.hosts(sel)
		if err != nil {
			return err
		}
		w.hosts = append(w.hosts, hosts...)
	}
	w.raw.work.Parsed.Add(int64(w.trees.Parsed - before))
	w.notChecked = append(w.notChecked, j.notChecked...)
	return nil
}

// Hosts are the hosts that were found.
func (w *Workspace) Hosts() []*Host { return w.hosts }

// Messages are what is to be said of the search and the files, in order.
func (w *Workspace) Messages() []Message { return w.messages.list }

// NotChecked is what was found and cannot be checked, besides what the hosts tell.
func (w *Workspace) NotChecked() []lint.NotChecked { return w.notChecked }

// Work counts what was done for this workspace and those it was made from.
func (w *Workspace) Work() *Work { return w.raw.work }

// Input is the text that was handed in, nil if there was none.
func (w *Workspace) Input() *source.File { return w.input }

// Override is what counts more than configuration files.
func (w *Workspace) Override() *config.Override { return &w.options.Override }

// Context is where fragments were said to stand.
func (w *Workspace) Context() []model.Kind { return w.options.Context }

// ByFolder reports whether all that was asked about were folders.
func (w *Workspace) ByFolder() bool {
	return !slices.ContainsFunc(w.selections, func(sel *selection) bool { return sel.dir == "" })
}

// Settings returns the settings that hold in a folder.
func (w *Workspace) Settings(dir string) (*config.Settings, error) {
	return w.settings.in(w.raw.names.name(dir))
}

// Configuration returns the configuration file that holds for a file or folder, nil
// if there is none.
func (w *Workspace) Configuration(path string) (*config.File, error) {
	if w.settings.given != nil {
		return w.settings.given, nil
	}
	return w.settings.file(w.raw.names.name(path))
}

// Name returns the name of a file in the file system, without links; empty if it lies
// there under none, as the files of a dump do.
func (w *Workspace) Name(f *source.File) string { return w.store.name(f) }

// Named reports whether a file, by its path, is among the paths of the options, or lies
// below one of them.
func (w *Workspace) Named(written string) bool {
	name := w.NameOf(written)
	paths := w.options.Paths
	if len(paths) == 0 {
		paths = []string{"."}
	}
	return slices.ContainsFunc(paths, func(p string) bool { return within(w.NameOf(path.Clean(p)), name) })
}

// NameOf returns the name that a path means, and Path the path of a name.
func (w *Workspace) NameOf(path string) string { return w.raw.names.name(path) }

// Path returns a name as people see it.
func (w *Workspace) Path(name string) string { return w.raw.names.shown(name) }

// Resolve returns a name without links. It must exist.
func (w *Workspace) Resolve(name string) (string, error) { return w.raw.resolve(name) }

// Exists reports whether a name leads to a file or folder, and whether that is a
// folder.
func (w *Workspace) Exists(name string) (isDir, ok bool) {
	info, err := w.raw.stat(name)
	return err == nil && info.IsDir(), err == nil
}

// Repository returns the name of the nearest folder that holds .git, from a folder
// upwards; empty if there is none.
func (w *Workspace) Repository(dir string) string { return w.settings.repository(dir) }

// Text returns what is in a file, by its path. The error is a *ReadError.
func (w *Workspace) Text(path string) (string, error) {
	real, err := w.raw.resolve(w.raw.names.name(path))
	if err != nil {
		return "", reading(path, err)
	}
	text, err := w.raw.read(real, false)
	if err != nil {
		return "", reading(path, err)
	}
	return text, nil
}

// Configs are the configuration files that hold for nothing outside of what was read:
// folders were named, and they lie in these.
func (w *Workspace) Configs() []*config.File {
	var out []*config.File
	add := func(f *config.File) {
		if f == nil || slices.Contains(out, f) {
			return
		}
		for _, sel := range w.selections {
			if sel.dir != "" && within(w.raw.names.name(sel.dir), f.Dir) {
				out = append(out, f)
				return
			}
		}
	}
	for _, p := range w.settings.byDir {
		add(p.file)
	}
	add(w.settings.given)
	slices.SortFunc(out, func(a, b *config.File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// SettingsOf are the settings that a configuration file comes to.
func (w *Workspace) SettingsOf(f *config.File) *config.Settings {
	return w.raw.resolved(f, &w.options.Override)
}

// String says how much there is, for tests and logs.
func (w *Workspace) String() string {
	return fmt.Sprintf("%d hosts in %s", len(w.hosts), w.raw.names.shown(w.raw.names.dir))
}

// RootOf is the folder that a configuration file names as its root, as people see it.
func (w *Workspace) RootOf(f *config.File) string {
	return w.raw.names.shown(names{dir: f.Dir, root: w.raw.names.root}.name(f.Root))
}

// Configured returns the settings that hold in a folder, by its path, without looking
// for anything else.
func Configured(fsys FS, o Options, dir string) (*config.Settings, error) {
	o.Paths = []string{}
	w, err := prepare(newRawOf(fsys, &o), o, nil)
	if err != nil {
		return nil, err
	}
	return w.settings.in(w.raw.names.name(dir))
}
