package model

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// ErrOutside is of a file or folder that is there and lies outside of what a
// configuration may read.
var ErrOutside = errors.New("it lies outside of what may be read")

// Reader gives a configuration its other files. Paths have forward slashes and
// are of the kind that the main file's path is.
type Reader interface {
	// Read returns a file, the same one each time. A file that is not there is
	// an error that is fs.ErrNotExist.
	Read(path string) (*source.File, error)
	// List returns the names in a folder, in any order.
	List(dir string) ([]string, error)
}

// Locator is a Reader that knows where absolute paths lie: of a repository that is
// read in the place for which it was written.
type Locator interface {
	Reader
	// Locate returns the path, as Read takes it, of an absolute path or pattern; ok
	// is false if it lies outside of what can be read.
	Locate(abs string) (name string, ok bool)
}

// Maker is a Reader that knows what else is kept beside the configuration: playbooks,
// charts, scripts.
type Maker interface {
	Reader
	// Made returns the path of a file that names the path of an included file, below
	// the configuration's folder or absolute, and so may put it there; empty if none
	// does.
	Made(included string) (by string)
}

// Include is one use of the include directive.
type Include struct {
	// Dir is the directive.
	Dir *nginx.Directive
	// From is the include that brought the file in which Dir stands, nil in the
	// main file.
	From *Include
	// Files are the files it stands for, in nginx's order.
	Files []*source.File
	// Problem says why the include, or a part of it, cannot be followed.
	Problem Problem
	// Reason is Problem in words, with real names.
	Reason string
	// Outside says of one that is Unseen that there is a file of which nothing is
	// known, and that it may not be read.
	Outside bool
	// known is set where the file is one that distributions ship.
	// number is the include's place in Nginx.Includes, plus 1.
	number   uint32
	known    facts.KnownFile
	isKnown  bool
	wildcard bool
}

// Problem is a reason for which an include cannot be followed.
type Problem uint8

// The problems.
const (
	// None means that the include was followed.
	None Problem = iota
	// Unseen means that the file lies outside what can be read here; on the
	// real host it may well exist.
	Unseen
	// Missing means that the file belongs to what can be read here and is not
	// there: nginx refuses to start.
	Missing
	// Cycle means that the file includes itself, directly or not.
	Cycle
	// Broken means that the file is not what nginx accepts.
	Broken
	// Unreadable means that the file is there and cannot be read.
	Unreadable
	// Templated means that it is no include: a template puts something there,
	// and nobody knows what before it is rendered.
	Templated
)

// Pattern is the include's argument.
func (i *Include) Pattern() string { return i.Dir.Arg(0) }

// MayHold reports whether the include may bring the directive, unseen.
func (i *Include) MayHold(name string) bool {
	if i.Problem == None {
		return false
	}
	return !i.isKnown || i.known.MayHold(name)
}

// besides reports whether the name of the included file says that it is about
// who may come in, certificates, logs or redirects ("agent_deny.conf"), so that it sets
// nothing of how requests are passed on, such as the directive.
func (i *Include) besides(directive string) bool {
	protocol, _, _ := strings.Cut(directive, "_")
	if _, ok := passes[protocol+"_pass"]; !ok || i.Problem != Unseen && i.Problem != Missing {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(path.Base(i.Pattern())), func(r rune) bool { return r < 'a' || r > 'z' })
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(otherMatters, w) })
}

// otherMatters are words in the names of such files.
var otherMatters = []string{
	"deny", "allow", "block", "blacklist", "whitelist", "bots", "ssl", "tls", "certs", "acme", "letsencrypt", "log", "logs",
	"redirect", "redirects", "rewrite", "rewrites", "cors", "robots", "favicon", "gzip", "compression", "mime",
}

// confPrefixes are the folders that hold nginx.conf as packages and images of
// nginx, OpenResty and the BSDs lay it out. In a repository the folder of the
// main file stands for them.
var confPrefixes = []string{
	"/etc/nginx/", "/usr/local/nginx/conf/", "/usr/local/etc/nginx/", "/opt/nginx/conf/",
	"/usr/local/openresty/nginx/conf/", "/etc/openresty/", "/etc/angie/", "/opt/homebrew/etc/nginx/",
}

// includer resolves include directives for one configuration.
type includer struct {
	main     string // path of the main file or fragment
	fragment bool
	root     string
	reader   Reader
	attach   *source.File
	partial  bool
	// resolved keeps what patterns stand for: a file that is included again and
	// again may ask for a large folder each time.
	resolved map[string]Include
	// outside is why a folder of the pattern at hand may not be listed.
	outside error
	// rendered says that the main file is a template, which is installed elsewhere.
	rendered bool
}

// candidates are the paths that a pattern may mean, the likeliest first, and
// whether the first is certain.
func (r *includer) candidates(pattern string) (paths []string, certain bool) {
	dir := path.Dir(r.main)
	if path.IsAbs(pattern) {
		if r.root != "" {
			return []string{path.Join(r.root, pattern)}, true
		}
		if path.IsAbs(dir) && strings.HasPrefix(pattern, dir+"/") {
			return []string{pattern}, true
		}
		if l, ok := r.reader.(Locator); ok {
			if name, inside := l.Locate(pattern); inside {
				return []string{name}, false
			}
		}
		for _, prefix := range confPrefixes {
			if rest, ok := strings.CutPrefix(pattern, prefix); ok {
				return r.below(dir, rest), false
			}
		}
		return nil, false
	}
	// nginx looks below the main file's folder, never the including file's.
	if !r.fragment {
		return []string{path.Join(dir, pattern)}, true
	}
	return r.below(dir, pattern), false
}

// below are the places of a path relative to the configuration folder. That is
// the main file's own folder; of a fragment it is not known, but it is the
// fragment's folder or one around it ("conf.d/app.conf").
func (r *includer) below(dir, rel string) []string {
	paths := []string{path.Join(dir, rel)}
	if !r.fragment {
		return paths
	}
	for range 2 {
		if dir == "." || dir == "/" || strings.HasSuffix(dir, "..") {
			break
		}
		dir = path.Dir(dir)
		paths = append(paths, path.Join(dir, rel))
	}
	return paths
}

// resolve finds the files of an include. Uses of one pattern share them.
func (r *includer) resolve(inc *Include) {
	pattern := inc.Pattern()
	if known, ok := r.resolved[pattern]; ok {
		known.Dir, known.From = inc.Dir, inc.From
		*inc = known
		return
	}
	r.find(inc, pattern)
	if r.resolved == nil {
		r.resolved = map[string]Include{}
	}
	r.resolved[pattern] = *inc
}

// find is resolve for a pattern that was not met before.
func (r *includer) find(inc *Include, pattern string) {
	// nginx hands to glob(3) what holds one of these (ngx_conf_include).
	inc.wildcard = strings.ContainsAny(pattern, "*?[")
	inc.known, inc.isKnown = facts.KnownInclude(pattern)
	paths, certain := r.candidates(pattern)
	suffix := copySuffix(r.main)
	// A template's place holder is more likely than a file of such a name.
	template := strings.ContainsAny(pattern, "{}$<>%@\x1a")
	if r.reader == nil || template && !inc.wildcard {
		paths = nil
	}
	certain = certain && r.reader != nil && !template && !r.partial && suffix == "" && !r.rendered && (isOwnName(r.main) || path.IsAbs(pattern))
	for _, p := range paths {
		if inc.wildcard {
			names, ok := r.glob(p)
			if suffix != "" && len(names) == 0 {
				names, ok = r.glob(p + suffix)
			}
			if ok && (len(names) > 0 || !template) {
				r.read(inc, names)
				return
			}
			continue
		}
		file, err := r.reader.Read(p)
		if suffix != "" && errors.Is(err, fs.ErrNotExist) {
			file, err = r.reader.Read(p + suffix)
		}
		switch {
		case err == nil:
			inc.Files = []*source.File{file}
			return
		case errors.Is(err, ErrOutside):
			inc.Problem, inc.Reason, inc.Outside = Unseen, err.Error(), !inc.isKnown
			return
		case !errors.Is(err, fs.ErrNotExist):
			inc.Problem, inc.Reason = Unreadable, err.Error()
			return
		case certain && !inc.isKnown:
			inc.Problem, inc.Reason = Missing, "there is no file "+p
			if m, ok := r.reader.(Maker); ok {
				if by := m.Made(pattern); by != "" {
					inc.Problem, inc.Reason = Unseen, "there is no file "+p+", but "+by+" names it, and may put it there"
				}
			}
			return
		}
	}
	if inc.wildcard && r.attach != nil && path.Base(path.Dir(pattern)) == "sites-enabled" {
		inc.Files = []*source.File{r.attach}
		return
	}
	if r.outside != nil {
		inc.Problem, inc.Reason, inc.Outside = Unseen, r.outside.Error(), !inc.isKnown
		return
	}
	if inc.wildcard && certain {
		return // no match is no error
	}
	inc.Problem, inc.Reason = Unseen, `include "`+pattern+`" cannot be seen here`
}

// isOwnName reports whether a main file has the name under which its server looks
// for it. One of another name is copied somewhere, or named on the command line.
func isOwnName(main string) bool {
	base := path.Base(main)
	return base == "nginx.conf" || base == "angie.conf" || base == "tengine.conf" || base == "openresty.conf"
}

// copySuffix is what the name of a main file has behind ".conf": "nginx.conf.dist"
// is copied to the name without it, or rendered, elsewhere. What it includes is
// looked for beside it under the same suffix; whether it will lie beside the copy
// nobody knows.
func copySuffix(main string) string {
	_, suffix, _ := strings.Cut(path.Base(main), ".conf")
	if !strings.HasPrefix(suffix, ".") {
		return ""
	}
	return suffix
}

func (r *includer) read(inc *Include, names []string) {
	for _, name := range names {
		file, err := r.reader.Read(name)
		if err != nil {
			inc.Problem, inc.Reason = Unreadable, err.Error()
			if errors.Is(err, ErrOutside) {
				inc.Problem, inc.Outside = Unseen, !inc.isKnown
			}
			continue
		}
		inc.Files = append(inc.Files, file)
	}
}

// glob expands a pattern as glob(3) does with flags 0: sorted by bytes, a
// leading dot only matched by a dot, no braces. ok is false if the folder that
// the pattern looks into does not exist.
func (r *includer) glob(pattern string) (names []string, ok bool) {
	dir, base := path.Split(pattern)
	dir = path.Clean(strings.TrimSuffix(dir, "/"))
	if strings.HasPrefix(pattern, "/") && dir == "." {
		dir = "/"
	}
	dirs := []string{dir}
	if strings.ContainsAny(dir, "*?[") {
		if dirs, ok = r.glob(dir); !ok {
			return nil, false
		}
	}
	base = strings.ReplaceAll(base, "[!", "[^")
	for _, d := range dirs {
		entries, err := r.reader.List(d)
		if err != nil {
			if errors.Is(err, ErrOutside) {
				r.outside = err
			}
			continue
		}
		ok = true
		for _, e := range entries {
			if strings.HasPrefix(e, ".") && !strings.HasPrefix(base, ".") {
				continue
			}
			if match, err := path.Match(base, e); err == nil && match {
				names = append(names, path.Join(d, e))
			}
		}
	}
	sort.Strings(names)
	return names, ok
}

// chain writes the way from the main file to an include: "a.conf -> b.conf".
func (i *Include) chain() string {
	var names []string
	for ; i != nil; i = i.From {
		names = append(names, i.Dir.File().Path)
	}
	slices.Reverse(names)
	return strings.Join(names, " -> ")
}
