package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxPoolMixesSources = lint.Rule{
	ID:       "nginx-pool-mixes-sources",
	Title:    "requests that should come from different addresses share the connections of one pool",
	Severity: lint.Warning,
	Fix:      lint.Shown,
	AnyText:  true,
	Since:    "0.2",
	Why: `proxy_bind says from which address of its own nginx connects. It counts when a connection is made, and not when an idle one is taken from a pool: that is found by the address of the peer alone. So a request of one location, or of one client where proxy_bind holds a variable such as "$remote_addr transparent", goes out from the address of another, and what the backend does by source address (access lists, accounting, its log) is wrong.

Measured (10 requests to each of two locations in turn): nginx 1.26.3 without a pool shows the backend 127.0.0.2 for the one and 127.0.0.3 for the other; with "keepalive 8", HTTP/1.1 and an empty Connection it sees 127.0.0.2 for all 20. nginx 1.30.6 with its default pool and "proxy_bind $remote_addr transparent": the second client's requests come from the address of the first.

The pool that upstreams have by default since 1.29.7, and "keepalive N local", are divided by location, which keeps written addresses apart, but not the values of a variable. There "keepalive 0" helps, or an upstream for each address.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_bind",
		"https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_upstream_keepalive_module.c",
	},
	Examples: []lint.Example{
		{
			Name:  "two addresses, one pool",
			Nginx: "1.26.3",
			Bad: `upstream app {
    server 10.0.0.5:8080;
    keepalive 8;
   #^^^^^^^^^^^^ keepalive 8 lets requests with proxy_bind 10.0.0.3 use connections that were made with proxy_bind 10.0.0.2
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location /a {
        proxy_bind 10.0.0.2;
        proxy_pass http://app;
    }
    location /b {
        proxy_bind 10.0.0.3;
        proxy_pass http://app;
    }
}
`,
			Good: `upstream a {
    server 10.0.0.5:8080;
    keepalive 8;
}
upstream b {
    server 10.0.0.5:8080;
    keepalive 8;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location /a {
        proxy_bind 10.0.0.2;
        proxy_pass http://a;
    }
    location /b {
        proxy_bind 10.0.0.3;
        proxy_pass http://b;
    }
}
`,
		},
		{
			Name:  "the client's address, and the default pool",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 10.0.0.5:8080;
}
server {
    location / {
        proxy_bind $remote_addr transparent;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the default pool of upstream "app" lets a request use a connection that was made with another value of proxy_bind $remote_addr
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 10.0.0.5:8080;
    keepalive 0;
}
server {
    location / {
        proxy_bind $remote_addr transparent;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "silent: nothing is kept, one address, and a pool that is divided by location",
			Nginx: "1.30.0",
			Bad: `upstream off {
    server 10.0.0.5:8080;
    keepalive 0;
}
upstream app {
    server 10.0.0.6:8080;
    keepalive 8;
}
upstream default {
    server 10.0.0.7:8080;
}
server {
    location /off {
        proxy_bind $remote_addr transparent;
        proxy_pass http://off;
    }
    location /a {
        proxy_bind 10.0.0.2;
        proxy_pass http://app;
    }
    location /b {
        proxy_bind 10.0.0.2;
        proxy_pass http://app;
    }
    location /c {
        proxy_bind 10.0.0.2;
        proxy_pass http://default;
    }
    location /d {
        proxy_bind 10.0.0.3;
        proxy_pass http://default;
    }
}
`,
		},
		{
			Name:  "silent: no connection is reused",
			Nginx: "1.26.3",
			Bad: `upstream app {
    server 10.0.0.5:8080;
}
server {
    location /a {
        proxy_bind 10.0.0.2;
        proxy_pass http://app;
    }
    location /b {
        proxy_pass http://app;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			keeper, other, mixed := mixedSources(u, !u.HasKeepalive || u.Keepalive.Arg(1) == "local", func(pass *model.Pass) bool { return !pass.Reuse().Empty() })
			if mixed {
				reportSources(p, u, keeper, other)
			}
		}
	},
}

var _ = add(&nginxPoolMixesSources)

// boundTo is where a pass connects from: the value of its *_bind directive,
// empty for an address that the kernel chooses. ok is false if it is not known.
func boundTo(pass *model.Pass) (address string, set model.Setting, ok bool) {
	v := pass.Scope.Get(pass.Protocol + "_bind")
	if v.Set() {
		set = v.Settings[0]
	}
	if address = v.Text(); address == "off" {
		address = ""
	}
	return address, set, v.Sure
}

// mixedSources finds two passes to an upstream, or one twice, whose requests
// should come from different addresses and share connections: keeper puts them
// into the pool, as keeps says, and other may find them there. byLocation says that
// the pool is divided by location, as a local one is.
func mixedSources(u *model.UpstreamBlock, byLocation bool, keeps func(*model.Pass) bool) (keeper, other *model.Pass, mixed bool) {
	// Of passes from the same address, one stands for all.
	first := map[string]*model.Pass{}
	var order []string
	for _, pass := range u.Passes {
		address, _, ok := boundTo(pass)
		if !ok {
			continue
		}
		if first[address] == nil {
			first[address] = pass
			order = append(order, address)
		}
		if !keeps(pass) {
			continue
		}
		if strings.Contains(address, "$") {
			return pass, pass, true
		}
		if keeper == nil {
			keeper = pass
		}
	}
	if keeper == nil || byLocation {
		return nil, nil, false
	}
	from, _, _ := boundTo(keeper)
	for _, address := range order {
		if address != from {
			return keeper, first[address], true
		}
	}
	return nil, nil, false
}

// mayMixSources reports whether passes to an upstream should come from different
// addresses, so that nothing may let them share connections. An upstream without a
// pool is looked at as if it had got one.
func mayMixSources(u *model.UpstreamBlock) bool {
	return mixesSources(u, u.HasKeepalive && u.Keepalive.Arg(1) == "local") != nil
}

// mixesSources returns a pass whose connections others would use, whatever keeps them
// now; nil if there is none.
func mixesSources(u *model.UpstreamBlock, byLocation bool) *model.Pass {
	one, _ := u.Memo(fmt.Sprintf("mixed sources %t", byLocation), func() any {
		keeper, _, _ := mixedSources(u, byLocation, func(*model.Pass) bool { return true })
		return keeper
	}).(*model.Pass)
	return one
}

func reportSources(p *lint.Pass, u *model.UpstreamBlock, keeper, other *model.Pass) {
	one, bind, _ := boundTo(keeper)
	two, otherBind, _ := boundTo(other)
	what := "the default pool of upstream \"" + u.Name + "\""
	f := lint.Finding{
		At:       lint.At(keeper.Directive),
		Versions: p.NginxVersions(keeper.Reuse(), "where its connections are reused"),
	}
	if bind.Directive != nil {
		f.At = lint.At(bind.Directive)
	} else if otherBind.Directive != nil {
		f.At = lint.At(otherBind.Directive)
	}
	if u.HasKeepalive {
		what = settingText(u.Keepalive)
		f.At = lint.At(u.Keepalive.Directive)
	}
	if keeper == other {
		f.Msg = fmt.Sprintf("%s lets a request use a connection that was made with another value of %s %s", what, bind.Name(), one)
		f.Notes = []lint.Note{{Msg: "the address is set here", At: lint.At(bind.Directive)}}
	} else {
		f.Msg = fmt.Sprintf("%s lets requests with %s use connections that were made with %s", what, bindText(other, two), bindText(keeper, one))
		f.Notes = []lint.Note{
			{Msg: "these go into the pool", At: lint.At(keeper.Directive)},
			{Msg: "this one may go out over them", At: lint.At(other.Directive)},
		}
	}
	f.Fix = &lint.Fix{Title: "give each address an upstream of its own, or switch the pool off with \"keepalive 0\" (since nginx 1.29.7)", Safety: lint.Shown}
	if keeper == other {
		f.Fix.Title = "switch the pool off, with \"keepalive 0\" since nginx 1.29.7"
	}
	if keepalive0 := facts.Since(facts.ReuseByDefault); keepalive0.Contains(p.Host.Target.Nginx) && !u.HasKeepalive {
		f.Fix.Edits = insideOf(u.Scope, "keepalive 0;")
	}
	p.Report(f)
}

func bindText(pass *model.Pass, address string) string {
	if address == "" {
		return "no " + pass.Protocol + "_bind"
	}
	return pass.Protocol + "_bind " + address
}
