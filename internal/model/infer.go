package model

import "github.com/tcplint/tcplint/parser/nginx"

// InferKind tells from a file's top level in which context it is meant to
// stand: Main for a main file, HTTP for a site, and so on; Unknown where
// nothing tells.
func InferKind(tree *nginx.Tree) Kind {
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
