package model

import (
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
)

// contextMark begins the comment that says where a file stands.
const contextMark = "tcplint:context"

// InferKind tells in which context a file is meant to stand: Main for a main
// file, HTTP for a site, and so on; Unknown where nothing tells. What a comment
// "# tcplint:context http,server" above the first directive says is taken; else
// the directives of the top level tell.
func InferKind(tree *nginx.Tree) Kind {
	if kind, ok := givenKind(tree); ok {
		return kind
	}
	kind := Unknown
	for d := range tree.Root.Kids() {
		switch k := hint(d); {
		case k == Main:
			return Main
		case k == Stream || k == Mail, kind == Stream || kind == Mail:
			if k == Stream || k == Mail {
				kind = k // an upstream beside it hints at http, which is the weaker sign
			}
		case k != Unknown && (kind == Unknown || k < kind):
			kind = k
		}
	}
	return fitting(tree, kind)
}

// kinds are the contexts in which a fragment may stand, the likeliest first.
var kinds = []struct {
	kind Kind
	is   facts.Context
}{
	{HTTP, facts.HTTP},
	{Server, facts.Server},
	{Location, facts.Location},
	{Upstream, facts.Upstream},
	{Stream, facts.Stream},
	{StreamServer, facts.StreamServer},
	{StreamUpstream, facts.StreamUpstream},
	{Mail, facts.Mail},
	{MailServer, facts.MailServer},
	{Main, facts.Main},
	{Events, facts.Events},
	{If, facts.If},
	{LimitExcept, facts.LimitExcept},
	{ServerIf, facts.ServerIf},
}

// fitting is the kind, unless there is something at the top level that cannot
// stand there while all of it can stand elsewhere: then that is meant.
func fitting(tree *nginx.Tree, kind Kind) Kind {
	all := facts.Anywhere
	for d := range tree.Root.Kids() {
		var own facts.Context
		for _, r := range facts.Directives(d.Name()) {
			own |= r.Contexts
		}
		if own != 0 {
			all &= own
		}
	}
	if kind == Unknown || all == 0 {
		return kind
	}
	for _, k := range kinds {
		if k.kind == kind && all.Has(k.is) {
			return kind
		}
	}
	for _, k := range kinds {
		if all.Has(k.is) {
			return k.kind
		}
	}
	return kind
}

// Readings are the contexts in which a fragment may be meant to stand, the
// likeliest first.
func Readings() []Kind {
	out := make([]Kind, len(kinds))
	for i, k := range kinds {
		out[i] = k.kind
	}
	return out
}

// Reading returns the host with its fragment of nginx configuration read as one
// that stands in a context.
func (h *Host) Reading(kind Kind) *Host {
	in := h.input
	in.Context = []Kind{kind}
	return Build(in)
}

// givenKind reads the comment that says where a file stands. One that names
// anything else than contexts says nothing.
func givenKind(tree *nginx.Tree) (kind Kind, ok bool) {
	for span := range tree.Comments() {
		if tree.Root.Len() > 0 && span.Start > tree.Root.First().Span().Start {
			break
		}
		text, found := strings.CutPrefix(strings.TrimLeft(tree.File.Slice(span), "# \t"), contextMark)
		if !found {
			continue
		}
		var path []Kind
		for name := range strings.SplitSeq(text, ",") {
			k, ok := ParseKind(strings.Trim(name, ": \t\r"))
			if !ok {
				return Unknown, false
			}
			path = append(path, k)
		}
		return innermost(path), true
	}
	return Unknown, false
}

// innermost is where a path of contexts leads: "stream,server" is a server of
// stream, though "server" alone is one of http.
func innermost(path []Kind) Kind {
	kind := path[0]
	for _, k := range path[1:] {
		inner := childKind(kind, k.String())
		if inner == Other {
			inner = k // it has a name that no block has, or the path is not whole
		}
		kind = inner
	}
	return kind
}

// hint tells the outermost context that one top-level directive needs.
func hint(d *nginx.Directive) Kind {
	switch d.Name() {
	case "events", "http", "stream", "mail", "rtmp", "worker_processes", "user", "pid", "daemon", "master_process",
		"worker_rlimit_nofile", "load_module", "worker_cpu_affinity", "worker_priority", "env":
		return Main
	case "worker_connections", "multi_accept", "use":
		return Events
	case "map", "geo", "split_clients", "types", "log_format", "limit_req_zone", "limit_conn_zone",
		"proxy_cache_path", "server_names_hash_bucket_size", "types_hash_max_size", "match":
		return HTTP
	case "upstream":
		return HTTP
	case "server":
		if d.Body() == nil {
			return Upstream
		}
		return hintServer(d.Body())
	case "auth_http", "imap_capabilities", "pop3_capabilities", "smtp_capabilities", "pop3_auth", "imap_auth", "smtp_auth":
		return Mail
	case "if":
		return hintIf(d)
	case "location", "listen", "server_name":
		return Server
	case "keepalive", "least_conn", "ip_hash":
		return Upstream
	case "proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass":
		return Location
	}
	return Unknown
}

// hintServer tells in which block a server belongs.
func hintServer(body *nginx.Block) Kind {
	for k := range body.Kids() {
		switch k.Name() {
		case "proxy_pass", "ssl_preread", "preread_timeout", "proxy_timeout", "proxy_responses":
			return Stream // in http, only a location can pass
		case "protocol", "starttls", "auth_http", "imap_capabilities", "pop3_capabilities", "smtp_capabilities":
			return Mail
		}
	}
	return HTTP
}

// hintIf tells where an "if" belongs: in a location if it holds what a server's
// "if" does not take.
func hintIf(d *nginx.Directive) Kind {
	if d.Body() == nil {
		return Unknown
	}
	for k := range d.Body().Kids() {
		var own facts.Context
		for _, r := range facts.Directives(k.Name()) {
			own |= r.Contexts
		}
		if own.Has(facts.If) && !own.Has(facts.ServerIf) {
			return Location
		}
	}
	return Unknown
}
