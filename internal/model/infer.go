package model

import (
	"strings"

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
	for _, d := range tree.Root.Kids {
		switch k := hint(d); {
		case k == Main:
			return Main
		case k == Stream, kind == Stream:
			kind = Stream // an upstream beside it hints at http, which is the weaker sign
		case k != Unknown && (kind == Unknown || k < kind):
			kind = k
		}
	}
	return kind
}

// givenKind reads the comment that says where a file stands. One that names
// anything else than contexts says nothing.
func givenKind(tree *nginx.Tree) (kind Kind, ok bool) {
	for _, span := range tree.Comments {
		if len(tree.Root.Kids) > 0 && span.Start > tree.Root.Kids[0].Span.Start {
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
		if d.Body == nil {
			return Upstream
		}
		for _, k := range d.Body.Kids {
			// In http, only a location can pass; in stream, the server does.
			if k.Name() == "proxy_pass" {
				return Stream
			}
		}
		return HTTP
	case "location", "listen", "server_name":
		return Server
	case "keepalive", "least_conn", "ip_hash":
		return Upstream
	case "proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass":
		return Location
	}
	return Unknown
}
