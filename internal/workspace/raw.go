package workspace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/values"
	"github.com/tcplint/tcplint/parser/source"
)

// raw is what was read from a file system: nothing in it depends on more than one
// file or folder, so that it is kept when others change. It may be used by several
// goroutines.
type raw struct {
	fsys  *overlay
	names names
	work  *Work

	mu sync.Mutex
	// byHand are the files that were named one by one, without links.
	byHand map[string]bool
	// unsaved are the texts that are not saved, by the names that they were given.
	unsaved map[string]string
	texts   map[string]text     // by name without links
	lists   map[string]listing  // by name without links
	real    map[string]resolved // folders, and what no listing tells, by name
	// files are the same ones each time for a text under a path that is shown, and
	// contents what they hold.
	files    map[fileKey]*source.File
	contents map[contentKey]*content
	configs  map[string]parsed // by name
	// services are what runs beside nginx, by the name of the folder.
	services map[string]*inventory
	settings map[*config.File]*config.Settings
	// spoken is what files name, by the ends of its paths, of those that were asked.
	spoken map[*source.File]map[string]bool
	// fillings are templates with the values of their variables, by what they are without.
	fillings map[*content]filling
	// valueSets are what says these values, by the folder of the role or chart, and
	// valueTexts what was read of the files for it.
	valueSets  map[string]valueSet
	valueTexts *values.Texts
	// searches are what was found below folders, as long as nothing that decides about it
	// has changed; fragments are the nginx files of which it is known whether they are
	// fragments.
	searches  map[search][]found
	fragments map[*source.File]bool
}

// search is one for all files below a folder, as it is shown.
type search struct {
	dir string
	// services says that it is for what runs beside nginx.
	services bool
}

type text struct {
	text  string
	info  fs.FileInfo
	err   error
	plain bool // a search takes it; see plain
}

type listing struct {
	entries []fs.DirEntry
	names   []string
	err     error
}

type resolved struct {
	name string
	err  error
}

type fileKey struct{ real, shown string }

type parsed struct {
	text string
	file *config.File
	err  error
}

func newRaw(fsys *overlay, names names, work *Work) *raw {
	return &raw{
		fsys: fsys, names: names, work: work,
		byHand: map[string]bool{}, unsaved: map[string]string{}, texts: map[string]text{}, lists: map[string]listing{}, real: map[string]resolved{},
		files: map[fileKey]*source.File{}, contents: map[contentKey]*content{},
		configs: map[string]parsed{}, services: map[string]*inventory{}, settings: map[*config.File]*config.Settings{},
		spoken: map[*source.File]map[string]bool{}, fillings: map[*content]filling{}, valueSets: map[string]valueSet{}, valueTexts: &values.Texts{},
		searches: map[search][]found{}, fragments: map[*source.File]bool{},
	}
}

// Limits of what is read: what a search finds, what files name (includes, ignore
// files, baselines), what was named by hand.
const (
	mostFound  = 16 << 20
	mostNamed  = 128 << 20
	mostByHand = 1 << 30
	sniffed    = 8000
)

// A skipped is why a search left a file out on purpose.
type skipped string

// Error is the reason.
func (e skipped) Error() string { return string(e) }

// What a search leaves out.
const (
	notText  = skipped("it is no text")
	tooFound = skipped("it is larger than the 16 MB that a search reads (named by itself, it is read)")
)

// isSkipped reports whether a search left a file out on purpose.
func isSkipped(err error) bool {
	var s skipped
	return errors.As(err, &s)
}

// read returns the text of a file, by its name without links. A picky reader leaves
// out large and binary files.
func (r *raw) read(name string, picky bool) (string, error) {
	r.mu.Lock()
	t, ok := r.texts[name]
	r.mu.Unlock()
	if !ok {
		t = r.load(name, picky)
		r.mu.Lock()
		if first, ok := r.texts[name]; ok && !isSkipped(first.err) {
			t = first // everybody must see the same text
		}
		r.texts[name] = t
		r.mu.Unlock()
	}
	switch {
	case t.err != nil && (picky || !isSkipped(t.err)):
		return "", t.err
	case t.err != nil:
		t = r.load(name, false)
		r.mu.Lock()
		r.texts[name] = t
		r.mu.Unlock()
		return t.text, t.err
	case picky && !t.plain:
		if err := plain(t); err != nil {
			return "", err
		}
		t.plain = true
		r.mu.Lock()
		r.texts[name] = t
		r.mu.Unlock()
	}
	return t.text, nil
}

// plain returns why a search does not take a file that was read; nil if it does.
func plain(t text) error {
	switch {
	case !t.info.Mode().IsRegular() || strings.IndexByte(t.text[:min(len(t.text), sniffed)], 0) >= 0:
		return notText
	case len(t.text) > mostFound:
		return tooFound
	}
	return nil
}

// load reads a regular file of a size that is read: a repository may hold links to
// devices, pipes that nobody writes to, and files that are larger than the machine.
func (r *raw) load(name string, picky bool) text {
	info, err := r.fsys.Lstat(name)
	switch {
	case err != nil:
		return text{err: err}
	case info.IsDir():
		return text{err: errors.New("it is a folder")}
	case picky && !info.Mode().IsRegular():
		return text{err: notText}
	case picky && info.Size() > mostFound:
		return text{err: tooFound}
	case !info.Mode().IsRegular():
		return text{err: errors.New("it is no regular file")}
	}
	most := int64(mostNamed)
	r.mu.Lock()
	if r.byHand[name] {
		most = mostByHand
	}
	r.mu.Unlock()
	if info.Size() > most {
		return text{err: tooLarge(most)}
	}
	r.work.Read.Add(1)
	f, err := r.fsys.Open(name)
	if err != nil {
		return text{err: err}
	}
	defer f.Close() //nolint:errcheck // nothing was written
	content, err := readAll(io.LimitReader(f, most+1), info.Size())
	switch {
	case err != nil:
		return text{err: err}
	case int64(len(content)) > most:
		return text{err: tooLarge(most)} // it grew
	}
	t := text{text: content, info: info}
	if picky {
		if err := plain(t); err != nil {
			return text{err: err}
		}
		t.plain = true
	}
	return t
}

func tooLarge(most int64) error {
	const mega = 1 << 20
	return fmt.Errorf("it is larger than the %d MB that are read", most/mega)
}

// nameByHand lets a file be as large as people want it, by its name.
func (r *raw) nameByHand(name string) {
	real, err := r.resolve(name)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byHand[real] = true
}

// readAll reads a file of about some size.
func readAll(f io.Reader, size int64) (string, error) {
	const least, most = 512, 64 << 10
	var b strings.Builder
	b.Grow(int(max(size, 0)))
	piece := make([]byte, min(max(size+1, least), most))
	for {
		n, err := f.Read(piece)
		b.Write(piece[:n])
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// list lists a folder, by its name.
func (r *raw) list(name string) listing {
	real, err := r.folder(name)
	if err != nil {
		return listing{err: err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l, ok := r.lists[real]; ok {
		return l
	}
	var l listing
	l.entries, l.err = r.fsys.ReadDir(real)
	r.work.Listed.Add(1)
	byName := func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }
	if !slices.IsSortedFunc(l.entries, byName) {
		slices.SortFunc(l.entries, byName)
	}
	l.names = make([]string, len(l.entries))
	for i, e := range l.entries {
		l.names[i] = e.Name()
	}
	r.lists[real] = l
	return l
}

// null is the device that is empty. A link to it takes the place of a file of the
// same name.
const null = "dev/null"

// errLoop is what the kernel says of links that lead to each other.
var errLoop = errors.New("too many levels of symbolic links")

// mostLinks is the number of links after which the kernel gives up, and this too.
const mostLinks = 40

// resolve returns the name without links that a name stands for.
func (r *raw) resolve(name string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	links := mostLinks
	return r.follow(name, &links)
}

// folder is resolve for a folder, which is remembered.
func (r *raw) folder(name string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	links := mostLinks
	return r.followFolder(name, &links)
}

func (r *raw) followFolder(name string, links *int) (string, error) {
	if o, ok := r.real[name]; ok {
		return o.name, o.err
	}
	real, err := r.follow(name, links)
	r.real[name] = resolved{real, err}
	return real, err
}

func (r *raw) follow(name string, links *int) (string, error) {
	if name == "." {
		return name, nil
	}
	own, base := split(name)
	dir, err := r.followFolder(own, links)
	if err != nil {
		return "", err
	}
	real := name
	if dir != own {
		real = path.Join(dir, base)
	}
	if e, ok := r.entry(dir, base); ok && e.Type()&fs.ModeSymlink == 0 {
		return real, nil
	}
	if o, ok := r.real[name]; ok {
		return o.name, o.err
	}
	// What no listing tells is asked of the file system, once: many hosts include a file
	// that nobody has.
	real, err = r.followLink(dir, real, links)
	if !errors.Is(err, errLoop) { // which depends on the links before it
		r.real[name] = resolved{real, err}
	}
	return real, err
}

// followLink is follow for a name in a folder without links.
func (r *raw) followLink(dir, real string, links *int) (string, error) {
	info, err := r.fsys.Lstat(real)
	if err != nil {
		return "", err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return real, nil
	}
	if *links--; *links < 0 {
		return "", errLoop
	}
	target, err := r.fsys.ReadLink(real)
	if err != nil {
		return "", err
	}
	if target = r.names.target(dir, target); target == null {
		return null, nil
	}
	return r.follow(target, links)
}

// holds reports whether a name without links lies in a folder, which may be named by
// links.
func (r *raw) holds(dir, real string) bool {
	if within(dir, real) {
		return true
	}
	folder, err := r.folder(dir)
	return err == nil && within(folder, real)
}

// entry is what is known of a name from the listing of its folder, if that was
// listed.
func (r *raw) entry(dir, base string) (e fs.DirEntry, ok bool) {
	l := r.lists[dir]
	i, ok := slices.BinarySearchFunc(l.entries, base, func(e fs.DirEntry, base string) int { return strings.Compare(e.Name(), base) })
	if !ok {
		return nil, false
	}
	return l.entries[i], true
}

// mayBegin reports whether there may be a name that begins as one does that ends in
// anyName: it is certain only in folders that were listed.
func (r *raw) mayBegin(name string) bool {
	dir, err := r.folder(path.Dir(name))
	if err != nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.lists[dir]
	if !ok || l.err != nil {
		return true
	}
	begins := strings.TrimSuffix(path.Base(name), anyName)
	i, _ := slices.BinarySearch(l.names, begins)
	return i < len(l.names) && strings.HasPrefix(l.names[i], begins)
}

// find fails if there is no file, folder or link of a name.
func (r *raw) find(name string) error {
	dir, err := r.folder(path.Dir(name))
	if err != nil || name == "." || name == "/" { // which no folder has an entry for
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l, ok := r.lists[dir]; ok && l.err == nil {
		if _, ok := r.entry(dir, path.Base(name)); !ok {
			return fs.ErrNotExist
		}
		return nil
	}
	_, err = r.fsys.Lstat(path.Join(dir, path.Base(name)))
	return err
}

// stat describes what a name leads to.
func (r *raw) stat(name string) (fs.FileInfo, error) {
	real, err := r.resolve(name)
	if err != nil {
		return nil, err
	}
	if real == null {
		return unsavedInfo{name: path.Base(null)}, nil
	}
	return r.fsys.Lstat(real)
}

// file returns the file of a text.
func (r *raw) file(real, shown, text string) *source.File {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := fileKey{real, shown}
	f := r.files[key]
	if f == nil || f.Text != text {
		f = source.NewFile(shown, text)
		r.files[key] = f
	}
	return f
}

// named returns the text of a file by a name that may be a link.
func (r *raw) named(name string) (string, error) {
	if err := r.find(name); err != nil {
		return "", err
	}
	real, err := r.resolve(name)
	if err != nil {
		return "", err
	}
	if real == null {
		return "", nil
	}
	return r.read(real, false)
}
