package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxMissingSemicolon = lint.Rule{
	ID:       "nginx-missing-semicolon",
	Title:    "a directive without its semicolon swallows the next one",
	Severity: lint.Error,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `A line break ends nothing in nginx's configuration. Without the semicolon the next line becomes arguments of this directive. If it takes a fixed number of them, nginx refuses the file, with a message that points at the line below. If it takes any number (index, server_name, error_page, a server of an upstream and others), nginx may start, and the next directive is silently gone.

A missing semicolon is reported where a line within a directive begins with the name of another that may stand there, and both come out right when they are parted: each with a number of arguments that it takes. Where nginx would take the whole as one directive, the line must not be indented more than the directive's first one.

The patch adds the semicolon. It is safe where nginx refuses the file as it is. Where it takes it, the swallowed directive takes effect for the first time, so the patch is unsafe.`,
	Refs: []string{
		"https://nginx.org/en/docs/beginners_guide.html#conf_structure",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c",
	},
	Examples: []lint.Example{
		{
			Name: "nginx refuses it",
			Bad: `server {
    location / {
        proxy_set_header Host $host
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^ a semicolon is missing: proxy_pass in the next line became an argument of proxy_set_header
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location / {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "nginx takes it",
			Bad: `server {
    server_name example.com
   #^^^^^^^^^^^^^^^^^^^^^^^ a semicolon is missing: root in the next line became an argument of server_name
    root /srv/www;
}
`,
			Good: `server {
    server_name example.com;
    root /srv/www;
}
`,
		},
		{
			Name: "two in a row",
			Bad: `server {
    proxy_buffers 8 16k
   #^^^^^^^^^^^^^^^^^^^
    proxy_read_timeout 90s
   #^^^^^^^^^^^^^^^^^^^^^^
    proxy_buffering on;
}
`,
			Good: `server {
    proxy_buffers 8 16k;
    proxy_read_timeout 90s;
    proxy_buffering on;
}
`,
		},
		{
			Name: "a block is swallowed",
			Bad: `server {
    root /srv/www
   #^^^^^^^^^^^^^ a semicolon is missing: location in the next line became an argument of root
    location / {
        try_files $uri =404;
    }
}
`,
			Good: `server {
    root /srv/www;
    location / {
        try_files $uri =404;
    }
}
`,
		},
		{
			Name: "silent: arguments over several lines",
			Bad: `server {
    server_name
        example.com
        status
        root;
    index
        index.html
        index.htm;
    add_header Cache-Control
        "no-store";
    location / {
        proxy_next_upstream
            error
            timeout
            http_502;
        proxy_hide_header
            root;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: names that belong elsewhere",
			Bad: `upstream app {
    server 127.0.0.1:8080
    weight=2
    backup;
    server 127.0.0.1:8081;
    keepalive 2;
}
map $host $name {
    default
    root;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, r := range runOns(p) {
			for i := range r.at {
				missingSemicolon(p, r, i)
			}
		}
	},
}

var _ = add(&nginxMissingSemicolon)

// runOn is a directive that swallowed others.
type runOn struct {
	d     *nginx.Directive
	scope *model.Scope
	at    []int // the words that are names of directives
	taken bool  // nginx takes it for one directive
}

// runOns returns the directives that lack a semicolon. The configuration is
// gone through once for all rules.
func runOns(p *lint.Pass) []runOn {
	all, _ := p.Shared("run-ons", func() any {
		var found []runOn
		for _, s := range p.Host.Nginx.Scopes {
			context := contextOf[s.Kind]
			if s.Parent == nil && p.Host.Nginx.Fragment {
				context = fragmentContext(s, context)
			}
			if context == 0 {
				continue
			}
			known := grammar{context, p.Host.Target.Nginx}
			for _, set := range s.Settings {
				if r, ok := known.runOn(set.Directive); ok {
					r.scope = s
					found = append(found, r)
				}
			}
		}
		return found
	}).([]runOn)
	return all
}

// lacksSemicolon reports whether nginx-missing-semicolon speaks of a directive.
func lacksSemicolon(p *lint.Pass, d *nginx.Directive) bool {
	found, _ := p.Shared("run-ons by directive", func() any {
		found := map[*nginx.Directive]bool{}
		for _, r := range runOns(p) {
			found[r.d] = true
		}
		return found
	}).(map[*nginx.Directive]bool)
	return found[d]
}

// grammar knows the directives of a context.
type grammar struct {
	context facts.Context
	target  facts.Range
}

// runOn looks for directives that d swallowed.
func (g grammar) runOn(d *nginx.Directive) (r runOn, ok bool) {
	var names []int
	for i := 2; i < d.Words().Len(); i++ { // a directive without arguments is seldom left open
		if w := d.Words().At(i); w.Quote == 0 && beginsLine(d, i) && g.rows(w.Value) {
			names = append(names, i)
		}
	}
	if len(names) == 0 || d.Words().At(0).Quote != 0 {
		return runOn{}, false
	}
	r = runOn{d: d, taken: g.fits(d.Words(), d.Body() != nil)}
	if r.taken {
		column := columnOf(d, 0)
		names = slices.DeleteFunc(names, func(i int) bool { return columnOf(d, i) > column })
	}
	if len(names) > 0 && g.parts(d, names) {
		r.at = names
		return r, true
	}
	for _, i := range names {
		if g.parts(d, []int{i}) {
			r.at = []int{i}
			return r, true
		}
	}
	return runOn{}, false
}

// parts reports whether a directive falls into several right ones at the given
// words.
func (g grammar) parts(d *nginx.Directive, at []int) bool {
	start := 0
	for _, i := range at {
		if !g.fits(d.Words().Slice(start, i), false) {
			return false
		}
		start = i
	}
	return g.fits(d.Words().From(start), d.Body() != nil)
}

// rows reports whether nginx has a directive of that name in the context.
func (g grammar) rows(name string) bool {
	return slices.ContainsFunc(facts.Directives(name), g.here)
}

func (g grammar) here(row facts.Directive) bool {
	return row.Contexts.Has(g.context) && !row.In.Intersect(g.target).Empty()
}

// fits reports whether words are a directive with a number of arguments that it
// takes.
func (g grammar) fits(words nginx.Words, block bool) bool {
	return slices.ContainsFunc(facts.Directives(words.At(0).Value), func(row facts.Directive) bool {
		if !g.here(row) || (row.Block || row.Data) != block || !row.Args.Allows(words.Len()-1) {
			return false
		}
		return !row.Args.Flag || strings.EqualFold(words.At(1).Value, "on") || strings.EqualFold(words.At(1).Value, "off")
	})
}

// beginsLine reports whether a word is the first of its line.
func beginsLine(d *nginx.Directive, i int) bool {
	text, at := d.File().Text, d.Words().At(i).Span.Start
	line := text[strings.LastIndexByte(text[:at], '\n')+1 : at]
	return at > 0 && strings.Trim(line, " \t\r") == "" && strings.Contains(text[d.Words().At(i-1).Span.End:at], "\n")
}

// columnOf is the column of a word.
func columnOf(d *nginx.Directive, i int) int {
	return d.File().Position(d.Words().At(i).Span.Start).Column
}

// missingSemicolon reports the i-th place of a directive where one is missing.
func missingSemicolon(p *lint.Pass, r runOn, i int) {
	start := 0
	if i > 0 {
		start = r.at[i-1]
	}
	words, file := r.d.Words(), r.d.File()
	before, name := words.At(r.at[i]-1), words.At(r.at[i])
	f := lint.Finding{
		At:  lint.Place{File: file, Span: source.Span{Start: words.At(start).Span.Start, End: before.Span.End}},
		Msg: fmt.Sprintf("a semicolon is missing: %s in the next line became an argument of %s", name.Value, words.At(start).Value),
	}
	// What the edit makes a directive of is written again, so that nothing
	// outside the edit changes its meaning: its name, or all of a block.
	end := name.Span.End
	if r.d.Body() != nil && i == len(r.at)-1 {
		end = r.d.Span().End
	}
	fix := &lint.Fix{
		Title: "add the semicolon", Safety: lint.Safe,
		Edits: lint.In(r.d, source.Edit{
			Span: source.Span{Start: before.Span.End, End: end},
			New:  ";" + file.Text[before.Span.End:end],
		}),
		// The directive that was swallowed is read for the first time, and may
		// bring what any rule finds.
		Leads: IDs(),
	}
	fix.Revives = !r.taken
	if r.taken {
		fix.Safety = lint.Unsafe
		fix.Scopes = slices.Collect(r.scope.Walk())
		fix.Changes = changesOf(r)
		f.Notes = []lint.Note{{Msg: "nginx may take it for one directive and start"}}
	}
	f.Fix = fix
	p.Report(f)
}

// changesOf names everything that can be in force in the scope of a directive
// that is taken apart: with a pass among the parts, all of it counts for the
// first time.
func changesOf(r runOn) []string {
	changes := []string{"host"}
	header := func(words nginx.Words) {
		changes = append(changes, words.At(0).Value)
		if words.Len() > 1 {
			changes = append(changes, strings.ToLower(words.At(1).Value))
		}
	}
	start := 0
	for _, i := range append(slices.Clone(r.at), r.d.Words().Len()) {
		header(r.d.Words().Slice(start, i))
		start = i
	}
	for s := r.scope; s != nil; s = s.Parent {
		for _, set := range s.Settings {
			header(set.Words())
		}
	}
	return changes
}
