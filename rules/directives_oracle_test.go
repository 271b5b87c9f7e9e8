package rules_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// directiveRules say what nginx refuses about a directive. Of the last one only
// what nginx refuses counts: it also finds what nginx takes for one directive.
var directiveRules = []string{
	"nginx-unknown-directive", "nginx-directive-version", "nginx-directive-context", "nginx-directive-args",
	"nginx-duplicate-directive", "nginx-missing-semicolon",
}

// A fault is what nginx or a rule says against a directive.
type fault struct {
	kind, name string
	file       string // below the prefix
	line       int    // of what ends the directive's opening words, as nginx counts
	text       string
}

func (f *fault) String() string {
	if f == nil {
		return "nothing"
	}
	return f.text
}

// The kinds of nginx's complaints, in its words.
var faultKinds = []struct {
	kind string
	text *regexp.Regexp
}{
	{"unknown", regexp.MustCompile(`unknown directive "([^"]*)"`)},
	{"context", regexp.MustCompile(`"([^"]*)" directive is not allowed here`)},
	{"no block", regexp.MustCompile(`directive "([^"]*)" has no opening "\{"`)},
	{"block", regexp.MustCompile(`directive "([^"]*)" is not terminated by ";"`)},
	{"number", regexp.MustCompile(`invalid number of arguments in "([^"]*)" directive`)},
	{"flag", regexp.MustCompile(`in "([^"]*)" directive, it must be "on" or "off"`)},
	{"duplicate", regexp.MustCompile(`"([^"]*)" directive is duplicate`)},
}

// other is the kind of what nginx says beyond these.
const other = "other"

var atLine = regexp.MustCompile(` in ([^ ]+):(\d+)(?:\n|$)`)

// faultOf reads nginx's first complaint; nil if there is none.
func faultOf(stderr string) *fault {
	for line := range strings.Lines(stderr) {
		if !strings.Contains(line, "[emerg]") {
			continue
		}
		f := &fault{kind: other, text: reasonOf(line)}
		for _, k := range faultKinds {
			if found := k.text.FindStringSubmatch(line); found != nil {
				f.kind, f.name = k.kind, found[1]
			}
		}
		if at := atLine.FindStringSubmatch(line); at != nil {
			f.file = at[1]
			f.line, _ = strconv.Atoi(at[2])
			f.text += fmt.Sprintf(" in %s:%d", path.Base(f.file), f.line)
		}
		return f
	}
	if stderr != "" {
		return &fault{kind: other, text: stderr}
	}
	return nil
}

// A subject is a configuration that nginx and the rules judge: the same files
// for both.
type subject struct {
	name   string
	files  map[string]string
	main   string // that tcplint reads: the whole, or a fragment
	text   string // of the files, the one that may be mutated
	target facts.Range
}

const fragmentFile = "fragment.conf"

// newSubject makes a file of the corpus ready for nginx. A fragment says in a
// comment where it stands.
func newSubject(h *model.Host, o *nginxOracle, m mending, given bool) *subject {
	prep := newPreparation(h, m)
	// Modules are there for all, since a directive may be moved to where they
	// have one.
	prep.uses["stream"], prep.uses["echo"] = true, true
	main := h.Nginx.Trees[0].File.Path
	s := &subject{name: main, files: map[string]string{}, main: "main.conf", text: placeOf(main), target: o.target}
	wrapper := prep.wrapper(o.Modules)
	for _, tree := range h.Nginx.Trees {
		s.files[placeOf(tree.File.Path)] = prep.text(tree)
	}
	if h.Nginx.Fragment {
		wrapper = strings.Replace(wrapper, "include "+s.text, "include "+fragmentFile, 1)
		s.files[fragmentFile] = s.files[s.text]
		delete(s.files, s.text)
		s.main, s.text = fragmentFile, fragmentFile
		if given {
			kind := h.Nginx.Root.Kind
			if !h.Nginx.Root.Is(model.Stream, model.HTTP, model.Location, model.Upstream) {
				kind = model.Server // as in the wrapper
			}
			s.files[fragmentFile] = "# tcplint:context " + kind.String() + "\n" + s.files[fragmentFile]
		}
	}
	s.files["main.conf"] = wrapper
	s.localize()
	return s
}

var systemInclude = regexp.MustCompile(`include /etc/nginx/([^;/*]+);`)

// localize takes files of the system's nginx along.
func (s *subject) localize() {
	for name, text := range s.files {
		for _, found := range systemInclude.FindAllStringSubmatch(text, -1) {
			if file, err := os.ReadFile("/etc/nginx/" + found[1]); err == nil {
				s.files["etc/"+found[1]] = string(file)
			}
		}
		s.files[name] = systemInclude.ReplaceAllString(text, "include etc/$1;")
	}
}

// with is the subject with another text.
func (s *subject) with(name, text string) *subject {
	t := &subject{name: name, files: maps.Clone(s.files), main: s.main, text: s.text, target: s.target}
	t.files[s.text] = text
	return t
}

// lint returns what the rules find, and the host.
func (s *subject) lint() (faults []*fault, h *model.Host) {
	files := modeltest.New(s.files)
	h = model.Build(model.Input{
		Target: model.Target{Nginx: s.target, Kernel: facts.KernelWindow()},
		Main:   files.File(s.main), Reader: files,
	})
	res := lint.Run([]*model.Host{h}, lint.Options{Rules: chosen, Known: rules.IDs()})
	for _, x := range res.Findings {
		if slices.Contains(directiveRules, x.Rule.ID) {
			faults = append(faults, ownFault(h, x))
		}
	}
	return faults, h
}

var chosen = slices.DeleteFunc(rules.All(), func(r *lint.Rule) bool { return !slices.Contains(directiveRules, r.ID) })

func ownFault(h *model.Host, x lint.Finding) *fault {
	f := &fault{file: x.At.File.Path, text: x.Msg}
	switch x.Rule.ID {
	case "nginx-directive-version":
		f.kind = "unknown"
	case "nginx-missing-semicolon":
		f.kind = "semicolon"
	default:
		for _, k := range faultKinds {
			if k.text.MatchString(x.Msg) {
				f.kind = k.kind
			}
		}
	}
	for _, t := range h.Nginx.Trees {
		if t.File != x.At.File {
			continue
		}
		for d := range t.Root.Walk() {
			end := d.Span().End - 1
			if d.Body() != nil {
				end = d.Body().Span().Start - 1
			}
			if d.Span().Start <= x.At.Span.Start && x.At.Span.Start <= end {
				f.name, f.line = d.Name(), t.File.Position(end).Line
			}
		}
	}
	f.text += fmt.Sprintf(" in %s:%d", path.Base(f.file), f.line)
	return f
}

// A verdict is the outcome of one comparison.
type verdict struct {
	s      *subject
	origin string // "corpus", or the mutation
	nginx  *fault
	ours   []*fault
	host   *model.Host
}

// is says whether two faults are the same. A directive without its semicolon is
// one with too many arguments, or with a block too many, to nginx.
func (f *fault) is(o *fault) bool {
	same := f.kind == o.kind || o.kind == "semicolon" && (f.kind == "number" || f.kind == "block" || f.kind == "flag" || f.kind == "no block")
	return same && f.file == o.file && f.line == o.line
}

// The outcomes of a comparison.
const (
	agrees    = "agrees"
	disagrees = "disagrees"
	elsewhere = "other complaint" // nginx speaks of something else, and the rules of nothing before it
	unbuilt   = "not built"       // nginx is built without the module
	foreign   = "third-party"     // a directive that only other modules have
	template  = "template"        // a name that a tool replaces before nginx sees it
	excused   = "exception"
)

// outcome compares what nginx says with what the rules say.
func (v *verdict) outcome() (outcome, why string) {
	ours := slices.DeleteFunc(slices.Clone(v.ours), func(f *fault) bool {
		return f.kind == "semicolon" && (v.nginx == nil || v.nginx.kind == other)
	})
	n := v.nginx
	if n == nil {
		if len(ours) > 0 {
			return disagrees, "nginx accepts what is found: " + ours[0].String()
		}
		return agrees, ""
	}
	for _, f := range ours {
		if f.file == n.file && f.line < n.line {
			return disagrees, fmt.Sprintf("nginx gets past %s, and says: %s", f, n)
		}
	}
	switch {
	case n.kind == other:
		return elsewhere, ""
	case n.kind == "unknown" && slices.ContainsFunc(facts.Directives(n.name), func(d facts.Directive) bool {
		return d.In.Contains(v.s.target)
	}):
		return unbuilt, ""
	case facts.OtherDirective(n.name) && (n.kind == "unknown" || len(facts.Directives(n.name)) == 0):
		if slices.ContainsFunc(ours, n.is) {
			return disagrees, "a directive of another module is reported: " + n.String()
		}
		return foreign, ""
	case n.kind == "unknown" && strings.ContainsAny(n.name, "${}<>%@*") && len(ours) == 0:
		return template, ""
	case slices.ContainsFunc(ours, n.is):
		return agrees, ""
	}
	var said []string
	for _, f := range ours {
		said = append(said, f.String())
	}
	return disagrees, fmt.Sprintf("nginx says: %s; found: %s", n, cmp.Or(strings.Join(said, "; "), "nothing"))
}

// A mutation spoils a configuration that nginx accepts.
type mutation struct {
	name string
	edit func(m *mutator) ([]source.Edit, bool)
}

// A mutator makes mutations of one file.
type mutator struct {
	*rand.Rand

	target facts.Range
	tree   *nginx.Tree
	places []spot
	blocks []block
}

// A block is one that a directive can be put into.
type block struct {
	*nginx.Block

	kind model.Kind
}

// A spot is a directive in a scope whose context is known.
type spot struct {
	d     *nginx.Directive
	scope *model.Scope
}

func newMutator(s *subject, h *model.Host, r *rand.Rand) *mutator {
	m := &mutator{Rand: r, target: s.target}
	for _, t := range h.Nginx.Trees {
		if t.File.Path == s.text {
			m.tree = t
			if s.text != s.main {
				m.blocks = append(m.blocks, block{t.Root, model.Main})
			}
		}
	}
	for _, scope := range h.Nginx.Scopes {
		if body := scope.Body(); body != nil && body.Tree == m.tree {
			m.blocks = append(m.blocks, block{body, scope.Kind})
		}
		for _, set := range scope.Settings {
			if set.In.Tree == m.tree {
				m.places = append(m.places, spot{set.Directive, scope})
			}
		}
		for k := range scope.Kids() {
			if k.Block.In.Tree == m.tree {
				m.places = append(m.places, spot{k.Block, scope})
			}
		}
	}
	return m
}

// pick returns one of the spots that fit.
func (m *mutator) pick(fits func(d *nginx.Directive) bool) (spot, bool) {
	for range 40 {
		if p := m.places[m.IntN(len(m.places))]; (p.d.Body() == nil || !p.d.Body().Lua()) && fits(p.d) {
			return p, true
		}
	}
	return spot{}, false
}

func simple(d *nginx.Directive) bool { return d.Body() == nil }

func replace(span source.Span, text string) ([]source.Edit, bool) {
	return []source.Edit{{Span: span, New: text}}, true
}

// after is an edit at the end of the directive's words.
func after(d *nginx.Directive, text string) ([]source.Edit, bool) {
	end := d.Head().End
	return replace(source.Span{Start: end, End: end}, text)
}

var mutations = []mutation{
	{"a letter dropped", func(m *mutator) ([]source.Edit, bool) {
		return m.misspell(func(n string, i int) string { return n[:i] + n[i+1:] })
	}},
	{"a letter doubled", func(m *mutator) ([]source.Edit, bool) {
		return m.misspell(func(n string, i int) string { return n[:i+1] + n[i:] })
	}},
	{"letters swapped", func(m *mutator) ([]source.Edit, bool) {
		return m.misspell(func(n string, i int) string { return n[:i] + n[i+1:i+2] + n[i:i+1] + n[i+2:] })
	}},
	{"a capital letter", func(m *mutator) ([]source.Edit, bool) {
		return m.misspell(func(n string, i int) string { return n[:i] + strings.ToUpper(n[i:i+1]) + n[i+1:] })
	}},
	{"moved", (*mutator).move},
	{"a word too many", func(m *mutator) ([]source.Edit, bool) {
		p, ok := m.pick(func(*nginx.Directive) bool { return true })
		if !ok {
			return nil, false
		}
		return after(p.d, []string{" on", " extra", " 1", " 2 3"}[m.IntN(4)])
	}},
	{"a word too few", func(m *mutator) ([]source.Edit, bool) {
		p, ok := m.pick(func(d *nginx.Directive) bool { return d.Words().Len() > 1 })
		if !ok {
			return nil, false
		}
		last := p.d.Words().At(p.d.Words().Len() - 1).Span
		return replace(source.Span{Start: p.d.Words().At(p.d.Words().Len() - 2).Span.End, End: last.End}, "")
	}},
	{"a flag that is yes", func(m *mutator) ([]source.Edit, bool) {
		p, ok := m.pick(func(d *nginx.Directive) bool {
			return d.Words().Len() == 2 && slices.Contains([]string{"on", "off"}, strings.ToLower(d.Arg(0)))
		})
		if !ok {
			return nil, false
		}
		return replace(p.d.Words().At(1).Span, []string{"yes", "no", "1", "true", "ON", "Off"}[m.IntN(6)])
	}},
	{"repeated", func(m *mutator) ([]source.Edit, bool) {
		p, ok := m.pick(simple)
		if !ok {
			return nil, false
		}
		return []source.Edit{nginx.AddAfter(p.d, m.tree.File.Slice(p.d.Span()))}, true
	}},
	{"a block for the semicolon", func(m *mutator) ([]source.Edit, bool) {
		p, ok := m.pick(simple)
		if !ok {
			return nil, false
		}
		return replace(source.Span{Start: p.d.Span().End - 1, End: p.d.Span().End}, " { }")
	}},
	{"a semicolon for the block", func(m *mutator) ([]source.Edit, bool) {
		p, ok := m.pick(func(d *nginx.Directive) bool { return d.Body() != nil })
		if !ok {
			return nil, false
		}
		return replace(source.Span{Start: p.d.Head().End, End: p.d.Span().End}, ";")
	}},
	{"of another release", func(m *mutator) ([]source.Edit, bool) {
		return m.insert(1, func(d facts.Directive) bool { return d.In.Intersect(m.target).Empty() })
	}},
	{"inserted", func(m *mutator) ([]source.Edit, bool) {
		return m.insert(1, func(d facts.Directive) bool { return d.In.Contains(m.target) })
	}},
	{"inserted twice", func(m *mutator) ([]source.Edit, bool) {
		return m.insert(2, func(d facts.Directive) bool { return d.In.Contains(m.target) })
	}},
}

func (m *mutator) misspell(change func(name string, i int) string) ([]source.Edit, bool) {
	p, ok := m.pick(func(d *nginx.Directive) bool { return len(d.Name()) > 2 && d.Words().At(0).Quote == 0 })
	if !ok {
		return nil, false
	}
	n := p.d.Name()
	return replace(p.d.Words().At(0).Span, change(n, m.IntN(len(n)-1)))
}

// move takes a directive into a block of another kind.
func (m *mutator) move() ([]source.Edit, bool) {
	p, ok := m.pick(func(d *nginx.Directive) bool { return d.Span().Len() < 4000 })
	if !ok {
		return nil, false
	}
	to := m.blocks[m.IntN(len(m.blocks))]
	if to.kind == p.scope.Kind || within(to.Block, p.d) {
		return nil, false
	}
	edits, ok := source.Merge([]source.Edit{nginx.Remove(p.d)}, []source.Edit{m.inside(to, m.tree.File.Slice(p.d.Span()))})
	return edits, ok
}

func within(b *nginx.Block, d *nginx.Directive) bool {
	return b.Span().Start >= d.Span().Start && b.Span().End <= d.Span().End
}

func (m *mutator) inside(b block, text string) source.Edit {
	if kids := slices.Collect(b.Kids()); len(kids) > 0 {
		return nginx.AddAfter(kids[m.IntN(len(kids))], text)
	}
	return nginx.AddInside(b.Block, text)
}

// insert adds a directive from the tables somewhere, so many times.
func (m *mutator) insert(times int, fits func(d facts.Directive) bool) ([]source.Edit, bool) {
	row, ok := facts.Directive{}, false
	for range 200 {
		rows := facts.Directives(allNames[m.IntN(len(allNames))])
		if len(rows) == 0 {
			continue
		}
		if row = rows[m.IntN(len(rows))]; fits(row) {
			ok = true
			break
		}
	}
	if !ok {
		return nil, false
	}
	text := row.Name + arguments(m, row) + ";"
	if row.Block {
		text = row.Name + arguments(m, row) + " { }"
	}
	text = strings.TrimSuffix(strings.Repeat(text+"\n", times), "\n")
	return []source.Edit{m.inside(m.blocks[m.IntN(len(m.blocks))], text)}, true
}

// arguments are some that nginx may take for a directive, often its default.
func arguments(m *mutator, row facts.Directive) string {
	value, _ := facts.OneDefault(row.Defaults, m.target)
	value, _, _ = strings.Cut(value, "|")
	if row.Args.Allows(len(strings.Fields(value))) && m.IntN(4) > 0 {
		return strings.TrimRight(" "+value, " ")
	}
	if row.Args.Flag {
		return " on"
	}
	var b strings.Builder
	for i := range row.Args.Min {
		fmt.Fprintf(&b, " %d", i+1)
	}
	return b.String()
}

var allNames = slices.Collect(facts.DirectiveNames())

// exceptions are disagreements that stay. Each says why.
var exceptions = []struct {
	why  string
	fits func(v *verdict) bool
}{
	{"NGINX Plus takes sync", func(v *verdict) bool {
		return v.nginx != nil && v.nginx.kind == "number" && v.nginx.name == "limit_req_zone"
	}},
	{"Angie takes it in stream", func(v *verdict) bool {
		return v.nginx != nil && v.nginx.kind == "context" && v.nginx.name == "ssl_early_data"
	}},
}

// allContexts has a block of every kind.
const allContexts = `events {
    worker_connections 64;
}
http {
    upstream app {
        server 127.0.0.1:1;
    }
    server {
        listen 127.0.0.1:8099;
        if ($uri = /a) {
            set $a 1;
        }
        location / {
            limit_except GET {
                deny all;
            }
            if ($uri = /b) {
                add_header X-B b;
            }
            proxy_pass http://app;
        }
    }
}
stream {
    upstream dns {
        server 127.0.0.1:2;
    }
    server {
        listen 127.0.0.1:8098;
        proxy_pass dns;
    }
}
`

// oracleRuns is how often nginx is asked, unless TCPLINT_ORACLE_RUNS says
// otherwise. A fifth goes to files as they are, in several rounds each.
const oracleRuns = 1500

// TestDirectives compares what the directive rules say with what every nginx here
// says: of the files of the corpus, and of mutations of what it accepts of them.
func TestDirectives(t *testing.T) {
	t.Parallel()
	files := corpus(t)
	for _, o := range oracles(t) {
		t.Run(o.Version.String(), func(t *testing.T) {
			t.Parallel()
			o.compare(t, files)
		})
	}
}

func (o *nginxOracle) compare(t *testing.T, files []corpusFile) {
	t.Helper()
	runs := oracleRuns
	if n, err := strconv.Atoi(os.Getenv("TCPLINT_ORACLE_RUNS")); err == nil {
		runs = n
	}
	var bases []corpusFile
	for _, f := range files {
		if f.kind != "sysctl-conf" && f.main == "" {
			bases = append(bases, f)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(bases), func(i, j int) { bases[i], bases[j] = bases[j], bases[i] })
	if most := runs / 5; len(bases) > most {
		bases = bases[:most]
	}
	perBase := make([][]*verdict, len(bases))
	accepted := make([]*subject, len(bases))
	each(len(bases), func(i int) { perBase[i], accepted[i] = o.judgeFile(t, bases[i]) })
	verdicts := slices.Concat(perBase...)
	accepted = slices.DeleteFunc(accepted, func(s *subject) bool { return s == nil })
	if len(accepted) == 0 {
		t.Fatal("nginx accepts nothing of the corpus")
	}
	host := model.Build(model.Input{Target: window, Main: source.NewFile("contexts.conf", allContexts)})
	contexts := newSubject(host, o, mending{}, true)
	mutants := make([]*verdict, max(0, runs-len(verdicts)))
	each(len(mutants), func(i int) {
		s := accepted[i%len(accepted)]
		if i%6 == 0 {
			s = contexts
		}
		mutants[i] = o.judgeMutant(t, s, i)
	})
	summarize(t, len(accepted), append(verdicts, mutants...))
}

// each does the same for many, a few at a time.
func each(n int, do func(i int)) {
	var group sync.WaitGroup
	next := make(chan int)
	for range 3 {
		group.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// judge asks nginx and the rules about a subject.
func (o *nginxOracle) judge(t *testing.T, s *subject, origin string) *verdict {
	t.Helper()
	v := &verdict{s: s, origin: origin}
	v.ours, v.host = s.lint()
	v.nginx = faultOf(o.run(t, maps.Clone(s.files)))
	return v
}

// judgeFile compares for a file as it is. What nginx complains of is mended or
// left out, so that it comes to the next complaint; what it accepts in the end
// is returned.
func (o *nginxOracle) judgeFile(t *testing.T, f corpusFile) (verdicts []*verdict, accepted *subject) {
	t.Helper()
	host := model.Build(corpusInput(t, f, model.Target{Nginx: o.target, Kernel: facts.KernelWindow()}))
	if len(host.Nginx.Trees[0].Errors) > 0 {
		return nil, nil
	}
	var m mending
	for range 8 {
		v := o.judge(t, newSubject(host, o, m, true), "as it is, "+f.kind)
		verdicts = append(verdicts, v)
		switch {
		case v.nginx == nil:
			if host.Nginx.Fragment { // nothing is wrong in it where its context is inferred, either
				inferred := &verdict{s: newSubject(host, o, m, false), origin: "as it is, context inferred"}
				inferred.ours, inferred.host = inferred.s.lint()
				verdicts = append(verdicts, inferred)
			}
			return verdicts, v.s
		case v.nginx.kind != other && !slices.Contains(m.without, v.nginx.name):
			m.without = append(m.without, v.nginx.name)
		case !m.add(v.nginx.text):
			return verdicts, nil
		}
	}
	return verdicts, nil
}

// judgeMutant compares for the i-th mutation of a subject; nil if nothing there
// can be mutated so.
func (o *nginxOracle) judgeMutant(t *testing.T, s *subject, i int) *verdict {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(i), 3))
	_, h := s.lint()
	m := newMutator(s, h, r)
	if len(m.places) == 0 || len(m.blocks) == 0 {
		return nil
	}
	for range 10 {
		kind := mutations[r.IntN(len(mutations))]
		edits, ok := kind.edit(m)
		if !ok {
			continue
		}
		text, err := source.Apply(m.tree.File.Text, edits)
		if err != nil {
			continue
		}
		return o.judge(t, s.with(fmt.Sprintf("%s (%d)", s.name, i), text), kind.name)
	}
	return nil
}

// summarize counts the verdicts and judges the sum of them.
func summarize(t *testing.T, accepted int, verdicts []*verdict) {
	t.Helper()
	counts := map[string]map[string]int{}
	all, origins := map[string]int{}, map[string]bool{}
	there, lacking := map[string]string{}, map[string]string{}
	kinds := map[string]int{}
	for _, v := range verdicts {
		if v == nil {
			continue
		}
		outcome, why := v.outcome()
		if outcome == disagrees {
			for _, x := range exceptions {
				if x.fits(v) {
					outcome, why = excused, x.why+": "+why
					break
				}
			}
		}
		switch outcome {
		case disagrees, excused:
			t.Logf("%s: %s, %s: %s", outcome, v.s.name, v.origin, why)
		case agrees:
			kind := "accepted"
			if v.nginx != nil {
				kind = v.nginx.kind
			}
			kinds[kind]++
			v.modules(there)
		case unbuilt:
			for _, d := range facts.Directives(v.nginx.name) {
				lacking[d.Module] = v.nginx.name
			}
		}
		if counts[v.origin] == nil {
			counts[v.origin] = map[string]int{}
		}
		counts[v.origin][outcome]++
		all[outcome]++
		origins[v.origin] = true
	}
	for _, origin := range slices.Sorted(maps.Keys(origins)) {
		t.Logf("%s: %v", origin, counts[origin])
	}
	t.Logf("nginx accepts %d files; all: %v; agreement by nginx's complaint: %v", accepted, all, kinds)
	t.Logf("modules that are not built: %v", slices.Sorted(maps.Keys(lacking)))
	for module, name := range lacking {
		if used := there[module]; used != "" && len(facts.Directives(name)) == 1 {
			t.Errorf("nginx knows %s of %s, but not %s: the tables are wrong", used, module, name)
		}
	}
	judged := all[agrees] + all[disagrees] + all[excused]
	if judged < len(verdicts)/2 {
		t.Errorf("only %d of %d cases could be judged", judged, len(verdicts))
	}
	for _, k := range faultKinds {
		if kinds[k.kind] < judged/500 {
			t.Errorf("too few cases of the kind %q: %d of %d", k.kind, kinds[k.kind], judged)
		}
	}
	t.Logf("agreement: %d of %d, and %d exceptions", all[agrees], judged, all[excused])
	if all[disagrees] > 0 {
		t.Errorf("the rules disagree with nginx in %d of %d cases", all[disagrees], judged)
	}
	if all[excused] > judged/200 {
		t.Errorf("there are %d exceptions in %d cases", all[excused], judged)
	}
}

// modules notes the modules that an accepted configuration shows to be there.
func (v *verdict) modules(there map[string]string) {
	if v.nginx != nil {
		return
	}
	for _, s := range v.host.Nginx.Scopes {
		for _, set := range s.Settings {
			if rows := facts.Directives(set.Name()); len(rows) == 1 {
				there[rows[0].Module] = set.Name()
			}
		}
	}
}

// TestForeignNames: a directive that only another module has is not reported,
// wherever it stands.
func TestForeignNames(t *testing.T) {
	t.Parallel()
	n := 0
	for _, name := range allNames {
		if !facts.OtherDirective(name) {
			continue
		}
		n++
		for _, block := range []string{"events { %s; }", "events { } http { %s a; }", "events { } stream { server { %s a b { } } }"} {
			s := &subject{main: "main.conf", target: debian.Nginx, files: map[string]string{"main.conf": fmt.Sprintf(block, name)}}
			if faults, _ := s.lint(); len(faults) > 0 && len(facts.Directives(name)) == 0 {
				t.Errorf("%s is reported: %s", fmt.Sprintf(block, name), faults[0])
			}
		}
	}
	if n < 500 {
		t.Errorf("there are only %d names", n)
	}
}
