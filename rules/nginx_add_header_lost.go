package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxAddHeaderLost = lint.Rule{
	ID:       "nginx-add-header-lost",
	Title:    "one add_header in a block drops all that it would inherit",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `add_header is inherited all or nothing: a block with a single one of its own sends none of those outside, "if" in a location included. A Cache-Control in a location takes Strict-Transport-Security, Content-Security-Policy and X-Content-Type-Options of the server away, and nothing says so. add_trailer is inherited in the same way.

Measured (experiment 3, nginx 1.22.1 to 1.31.5): with two headers in the server and one in the location, the response bears the location's alone. From 1.29.3 on, "add_header_inherit merge;" sends both; before, the outer ones have to be repeated.

It is a warning where a header is lost that tells browsers how to treat what they got, and info for any other. Some of these count only for pages: a location whose pattern names files such as .css or .png loses nothing with them but X-Content-Type-Options and Cross-Origin-Resource-Policy. A block that answers with "return" is left alone.

The patch is unsafe, since a header may have been left out on purpose. Ignore the finding then, with that reason.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header",
		"https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header_inherit",
	},
	Examples: []lint.Example{
		{
			Name: "a page without its headers",
			Bad: `server {
    add_header X-Frame-Options DENY always;
    add_header X-Content-Type-Options nosniff always;

    location / {
        root /srv/www;
    }
    location /app/ {
        add_header Cache-Control no-store;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this add_header drops 2 inherited ones: X-Frame-Options, X-Content-Type-Options
        root /srv/www;
    }
}
`,
			Good: `server {
    add_header X-Frame-Options DENY always;
    add_header X-Content-Type-Options nosniff always;

    location / {
        root /srv/www;
    }
    location /app/ {
        add_header Cache-Control no-store;
        add_header X-Frame-Options DENY always;
        add_header X-Content-Type-Options nosniff always;
        root /srv/www;
    }
}
`,
		},
		{
			Name: "the headers stand in a file, and some count for pages only",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        include security.conf;
        location ~* \.(css|js)$ {
            add_header Cache-Control "public, immutable";
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ drops 2 inherited ones
        }
    }
}
-- security.conf --
add_header Strict-Transport-Security "max-age=31536000" always;
add_header X-Frame-Options DENY;
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        include security.conf;
        location ~* \.(css|js)$ {
            add_header Cache-Control "public, immutable";
            include security.conf;
        }
    }
}
`,
		},
		{
			Name:  "where headers can be merged",
			Nginx: "1.30.0",
			Bad: `server {
    add_header X-Content-Type-Options nosniff;
    location /app/ {
        add_header Cache-Control no-store;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    }
}
`,
			Good: `server {
    add_header X-Content-Type-Options nosniff;
    location /app/ {
        add_header Cache-Control no-store;
        add_header_inherit merge;
    }
}
`,
		},
		{
			Name:  "merging would send a header twice",
			Nginx: "1.30.0",
			Bad: `server {
    add_header Cache-Control no-cache;
    add_header X-Content-Type-Options nosniff;
    location /app/ {
        add_header Cache-Control no-store;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    }
}
`,
			Good: `server {
    add_header Cache-Control no-cache;
    add_header X-Content-Type-Options nosniff;
    location /app/ {
        add_header Cache-Control no-store;
        add_header X-Content-Type-Options nosniff;
    }
}
`,
		},
		{
			Name: "silent: all are restated, or the block answers by itself",
			Bad: `server {
    add_header X-Content-Type-Options nosniff;
    location /app/ {
        add_header x-content-type-options nosniff always;
        add_header Cache-Control no-store;
    }
    location = /health {
        add_header Content-Type text/plain;
        return 200 "ok";
    }
    location /api/ {
        if ($request_method = OPTIONS) {
            add_header Access-Control-Allow-Origin *;
            return 204;
        }
    }
}
`,
		},
		{
			Name: "silent: expires sets Cache-Control anew",
			Bad: `server {
    add_header Cache-Control "no-store";
    location /static/ {
        expires 30d;
        add_header X-Static yes;
        root /srv;
    }
}
`,
		},
		{
			Name:  "silent: the levels are merged, or cut on purpose",
			Nginx: "1.30.0",
			Bad: `server {
    add_header X-Content-Type-Options nosniff;
    location /merged/ {
        add_header_inherit merge;
        add_header Cache-Control no-store;
    }
    location /cut/ {
        add_header_inherit off;
        add_header Cache-Control no-store;
    }
}
`,
		},
		{
			Name: "silent: an include that cannot be seen may restate them",
			Bad: `server {
    add_header X-Content-Type-Options nosniff;
    location /app/ {
        add_header Cache-Control no-store;
        include /etc/nginx/our-headers.conf;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, directive := range []string{"add_header", "add_trailer"} {
			for s := range p.Host.Nginx.Owning(directive) {
				if s.Is(model.Server, model.Location, model.If) && s.Parent != nil {
					addHeaderLost(p, s, directive)
				}
			}
		}
	},
}

var _ = add(&nginxAddHeaderLost)

// pageHeaders are response headers that tell browsers how to treat what they
// got. Those that are true also count for a style sheet, a script or a picture;
// the others only for the page that uses it.
var pageHeaders = map[string]bool{
	"strict-transport-security": false, "content-security-policy": false, "x-frame-options": false,
	"referrer-policy": false, "permissions-policy": false, "cross-origin-opener-policy": false,
	"cross-origin-embedder-policy": false, "cross-origin-resource-policy": true, "x-content-type-options": true,
}

func addHeaderLost(p *lint.Pass, s *model.Scope, directive string) {
	if _, answers := s.Own("return"); answers || ownMayHide(s, directive) {
		return
	}
	if mode := s.Get(directive + "_inherit"); !mode.Sure || mode.Set() && mode.Text() != "on" {
		return // merged, or cut off on purpose
	}
	outer, sure := sentHeaders(s.Parent, directive)
	own := s.Get(directive)
	lost := withoutExpiry(s, withValue(missing(own.Settings, outer)))
	if !sure || len(lost) == 0 {
		return
	}
	var names []string
	severity := lint.Info
	for _, l := range lost {
		name := l.Arg(0)
		if !containsFold(names, name) {
			names = append(names, name)
		}
		if always, ok := pageHeaders[strings.ToLower(name)]; ok && directive == "add_header" && (always || !servesAssets(s)) {
			severity = lint.Warning
		}
	}
	f := lint.Finding{
		At:  placeIn(s, own.Settings[0]),
		Msg: fmt.Sprintf("this %s drops %s: %s", directive, plural(len(names), "inherited one"), firstOf(names, 6)),
		Fix: restoreHeaders(p, s, own, outer, lost),
	}
	for i, l := range lost {
		if i == 5 {
			f.Notes = append(f.Notes, lint.Note{Msg: fmt.Sprintf("and %d more", len(lost)-i)})
			break
		}
		f.Notes = append(f.Notes, lint.Note{Msg: l.Arg(0) + " is lost", At: lint.At(l.Directive)})
	}
	p.ReportMild(severity, f)
}

// firstOf lists names, n at most, and counts the others.
func firstOf(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// sentHeaders are the headers that a response gets at a scope, as
// add_header_inherit says. sure is false if an include that cannot be seen may
// have a say.
func sentHeaders(s *model.Scope, directive string) (sets []model.Setting, sure bool) {
	if s == nil {
		return nil, true
	}
	for set := range s.All(directive) {
		sets = append(sets, set)
	}
	mode := s.Get(directive + "_inherit")
	if mode.Text() == "off" || len(sets) > 0 && mode.Text() != "merge" {
		return sets, mode.Sure
	}
	outer, sure := sentHeaders(s.Parent, directive)
	if len(outer) > 0 && ownMayHide(s, directive) {
		return nil, false
	}
	return append(sets, outer...), sure && mode.Sure
}

// withoutExpiry leaves Cache-Control and Expires out where the block has an expires
// of its own, which sets both: there they are replaced on purpose.
func withoutExpiry(s *model.Scope, sets []model.Setting) []model.Setting {
	if set, ok := s.Own("expires"); !ok || set.Arg(0) == "off" {
		return sets
	}
	return slices.DeleteFunc(sets, func(set model.Setting) bool {
		return strings.EqualFold(set.Arg(0), "Cache-Control") || strings.EqualFold(set.Arg(0), "Expires")
	})
}

// withValue leaves out headers with an empty value, which nginx does not send.
func withValue(sets []model.Setting) []model.Setting {
	var out []model.Setting
	for _, set := range sets {
		if set.Arg(1) != "" && !set.Unknown() {
			out = append(out, set)
		}
	}
	return out
}

func containsFold(list []string, s string) bool {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}

// assetPattern is a pattern for the ends of file names: "\.(css|js)$".
var assetPattern = lazyre.New(`^[.*^/]*\\\.\(?(\?:)?([a-z0-9|?]+)\)?\$?$`)

// servesAssets reports whether a location is for files that are no pages.
func servesAssets(s *model.Scope) bool {
	if s = s.Outer(model.Location); s == nil || s.Block == nil {
		return false
	}
	found := assetPattern.FindStringSubmatch(strings.ToLower(s.Block.Arg(1)))
	if found == nil || !strings.HasPrefix(s.Block.Arg(0), "~") {
		return false
	}
	for ext := range strings.SplitSeq(found[2], "|") {
		switch strings.ReplaceAll(ext, "?", "") {
		case "html", "htm", "xhtml", "php", "svg", "svgz", "xml", "pdf":
			return false
		}
	}
	return true
}

// restoreHeaders adds the outer headers to those of a scope: by merging the
// levels where every version of the target can and no header would be sent
// twice, else by repeating what is lost.
func restoreHeaders(p *lint.Pass, s *model.Scope, own model.Value, outer, lost []model.Setting) *lint.Fix {
	directive := own.Settings[0].Name()
	var users []*model.Scope
	nested := false
	for k := range s.Walk() {
		if k.Get(directive).Owner == own.Owner {
			users = append(users, k)
		} else if _, ok := k.Own(directive); ok {
			nested = true // merging would reach it too
		}
	}
	last := own.Settings[len(own.Settings)-1]
	_, written := s.Own(directive + "_inherit")
	if facts.Since(facts.V(1, 29, 3)).Contains(p.Host.Target.Nginx) && p.Host.Target.Server.Knows(directive+"_inherit") && !nested && !written &&
		len(withValue(missing(own.Settings, outer))) == len(withValue(outer)) && last.In == s.Body() {
		line := directive + "_inherit merge;"
		return &lint.Fix{
			Title: `add "` + line + `"`, Safety: lint.Unsafe,
			Edits:   lint.In(last.Directive, nginx.AddAfter(last.Directive, line)),
			Changes: []string{directive + "_inherit"}, Scopes: slices.Collect(s.Walk()),
		}
	}
	return repeat(own, lost, users)
}
