package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxSSECached = lint.Rule{
	ID:       "nginx-sse-cached",
	Title:    "an event stream goes through a cache",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `nginx reads a response that may be cached to its end, whether the client is still there or not. For a stream of events the end may be hours away: until then the client's socket sits in CLOSE_WAIT in nginx, and the connection to the backend stays open for nobody. proxy_store does the same.

Measured (experiment 4, nginx 1.22.1 and 1.31.5): a client leaves a stream of 12 seconds after the first; with proxy_cache and proxy_cache_valid its socket is in CLOSE_WAIT for the other 11 seconds and the backend writes all 40 events, without it both are gone at once. And the finished stream is stored: the next client gets all of its events in 3 milliseconds.

"proxy_buffering off" does not help, though it keeps the response out of the cache: nginx 1.22.1, 1.26.3 and 1.30.6 do not look whether the client is there until they have an event to write to it. Of 10 clients that leave a stream without a further event all 10 are in CLOSE_WAIT, and both sides of 10 connections to the backend are open; the next event, or the end of the stream, frees them. There neither proxy_no_cache nor a lack of proxy_cache_valid makes a difference, only "proxy_cache off" does.

With buffering the rule is silent beside a proxy_no_cache in force, and where no proxy_cache_valid keeps a 200: there nginx caches only what the backend gives a time of its own, and lets go of the rest with the client. A backend that answers with "Cache-Control: no-cache" or with Set-Cookie is let go of in any case. nginx-sse-buffered says how a location is known to serve events.

The patch switches the cache off for the location. It is unsafe, since other responses of the location may be worth caching.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache",
		"https://github.com/nginx/nginx/blob/master/src/http/ngx_http_upstream.c",
	},
	Examples: []lint.Example{
		{
			Name: "a cache for the whole server",
			Bad: `proxy_cache_path cache keys_zone=pages:1m;
server {
    proxy_cache pages;
    proxy_cache_valid 200 1m;
    proxy_http_version 1.1;
    location / {
        proxy_pass http://127.0.0.1:6080;
    }
    location /events {
        proxy_pass http://127.0.0.1:6080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the events of location /events go into the cache "pages"
    }
}
`,
			Good: `proxy_cache_path cache keys_zone=pages:1m;
server {
    proxy_cache pages;
    proxy_cache_valid 200 1m;
    proxy_http_version 1.1;
    location / {
        proxy_pass http://127.0.0.1:6080;
    }
    location /events {
        proxy_pass http://127.0.0.1:6080;
        proxy_cache off;
    }
}
`,
		},
		{
			Name: "a store of its own",
			Bad: `server {
    proxy_http_version 1.1;
    location /sse {
        proxy_store on;
        proxy_pass http://127.0.0.1:6080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the events of location /sse go into a file (proxy_store)
    }
}
`,
			Good: `server {
    proxy_http_version 1.1;
    location /sse {
        proxy_store off;
        proxy_pass http://127.0.0.1:6080;
    }
}
`,
		},
		{
			Name: "buffering is off, which is not enough",
			Bad: `proxy_cache_path cache keys_zone=pages:1m;
server {
    proxy_cache pages;
    proxy_http_version 1.1;
    location / {
        proxy_cache_valid 200 1m;
        proxy_pass http://127.0.0.1:6080;
    }
    location /events {
        proxy_buffering off;
        proxy_no_cache 1;
        proxy_pass http://127.0.0.1:6080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nginx does not notice that a client of location /events is gone before the next event
    }
}
`,
			Good: `proxy_cache_path cache keys_zone=pages:1m;
server {
    proxy_cache pages;
    proxy_http_version 1.1;
    location / {
        proxy_cache_valid 200 1m;
        proxy_pass http://127.0.0.1:6080;
    }
    location /events {
        proxy_buffering off;
        proxy_no_cache 1;
        proxy_pass http://127.0.0.1:6080;
        proxy_cache off;
    }
}
`,
		},
		{
			Name: "silent: off, left out on a condition, and a variable",
			Bad: `proxy_cache_path cache keys_zone=pages:1m;
server {
    proxy_cache pages;
    proxy_cache_valid 1m;
    proxy_http_version 1.1;
    location /events {
        proxy_cache off;
        proxy_pass http://127.0.0.1:6080;
    }
    location /sse {
        proxy_buffering off;
        proxy_cache off;
        proxy_pass http://127.0.0.1:6080;
    }
    location /api/events {
        proxy_no_cache 1;
        proxy_pass http://127.0.0.1:6080;
    }
    location /subscribe {
        proxy_cache $zone;
        proxy_pass http://127.0.0.1:6080;
    }
}
`,
		},
		{
			Name: "silent: nothing says how long a 200 is kept, so it is not",
			Bad: `proxy_cache_path cache keys_zone=pages:1m;
server {
    proxy_cache pages;
    proxy_http_version 1.1;
    location /events {
        proxy_pass http://127.0.0.1:6080;
    }
    location /sse {
        proxy_cache_valid 404 1m;
        proxy_cache_valid 200 302 0;
        proxy_pass http://127.0.0.1:6080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, pass := range proxiedAnywhere(p.Host) {
			s := settingsScope(pass.Scope)
			why, ok := eventStream(p, s)
			if !ok {
				continue
			}
			cache, store, no := s.Get("proxy_cache"), s.Get("proxy_store"), s.Get("proxy_no_cache")
			buffered := s.Get("proxy_buffering")
			switch off := !buffered.Where("off").Empty(); {
			case off && inUse(cache):
				sseUnnoticed(p, pass, s, cache, why)
			case off && inUse(store):
				sseUnnoticed(p, pass, s, store, why)
			case buffered.Where("on").Empty(), no.Set(), !no.Sure:
			case inUse(cache) && keepsSuccess(s.Get("proxy_cache_valid")):
				sseCached(p, pass, s, cache, why, fmt.Sprintf("the cache %q", cache.Text()))
			case inUse(store):
				sseCached(p, pass, s, store, why, "a file (proxy_store)")
			}
		}
	},
}

var _ = add(&nginxSSECached)

// inUse reports whether a cache or store is surely in force.
func inUse(v model.Value) bool {
	return v.Set() && v.Sure && v.Text() != "off" && !strings.Contains(v.Text(), "$")
}

// keepsSuccess reports whether proxy_cache_valid surely gives a response 200 a
// time. The first line for the status counts; one without any is for 200, too.
func keepsSuccess(v model.Value) bool {
	for _, set := range v.Settings {
		args := set.Args()
		if args.Len() == 0 {
			return false
		}
		last := args.Len() - 1
		if last == 0 || args.Slice(0, last).Any(func(w nginx.Arg) bool { return w.Value == "200" || w.Value == "any" }) {
			kept, ok := model.Duration(args.At(last).Value)
			return v.Sure && ok && kept > 0
		}
	}
	return false
}

func sseCached(p *lint.Pass, pass *model.Pass, s *model.Scope, v model.Value, why lint.Note, where string) {
	reportCached(p, pass, v, lint.Finding{
		Msg:   fmt.Sprintf("the events of %s go into %s: nginx reads on when the client is gone, and its socket stays in CLOSE_WAIT", s.Label(), where),
		Notes: []lint.Note{why},
	})
}

// sseUnnoticed is about a stream that is not buffered. Until it has something to
// write, nginx would learn of the client's leaving only by looking for it, which it
// does not do where the response may be cached (ngx_http_upstream_init_request,
// ngx_http_upstream_check_broken_connection).
func sseUnnoticed(p *lint.Pass, pass *model.Pass, s *model.Scope, v model.Value, why lint.Note) {
	reportCached(p, pass, v, lint.Finding{
		Msg: fmt.Sprintf("nginx does not notice that a client of %s is gone before the next event, since %s is in force: its socket stays in CLOSE_WAIT",
			s.Label(), v.Settings[0].Name()),
		Notes: []lint.Note{why, {Msg: `"proxy_buffering off" keeps the events out of it, and does not change that`}},
	})
}

func reportCached(p *lint.Pass, pass *model.Pass, v model.Value, f lint.Finding) {
	f.At = lint.At(pass.Directive)
	f.Notes = append(f.Notes, lint.Note{Msg: "in force from here", At: lint.At(v.Settings[0].Directive)})
	c := newCure(pass, facts.Never)
	c.lessSafe(lint.Unsafe)
	c.set(v.Settings[0].Name(), "off")
	f.Fix = cureStream(c)
	p.Report(f)
}
