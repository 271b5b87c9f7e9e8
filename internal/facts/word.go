package facts

import "slices"

// Word is a fixed argument of a directive, or what a parameter begins with ("weight=").
type Word struct {
	Text string
	In   Range // the nginx releases that take it
}

// words are those of directives that shape connections, from nginx's own parsers
// (src/http/ngx_http_core_module.c, ngx_http_upstream.c, modules/ngx_http_proxy_module.c
// and ngx_http_upstream_keepalive_module.c).
func words(name string) []Word {
	switch name {
	case "listen":
		return []Word{
			{Text: "default_server"},
			{Text: "ssl"},
			{Text: "http2"},
			{Text: "quic", In: Since(V(1, 25, 0))},
			{Text: "proxy_protocol"},
			{Text: "backlog="},
			{Text: "so_keepalive="},
			{Text: "so_keepalive=on"},
			{Text: "reuseport"},
			{Text: "deferred"},
			{Text: "fastopen="},
			{Text: "rcvbuf="},
			{Text: "sndbuf="},
			{Text: "ipv6only=on"},
			{Text: "ipv6only=off"},
			{Text: "bind"},
			{Text: "multipath", In: Since(V(1, 29, 7))},
		}
	case "server":
		return []Word{
			{Text: "weight="},
			{Text: "max_conns="},
			{Text: "max_fails="},
			{Text: "fail_timeout="},
			{Text: "backup"},
			{Text: "down"},
			{Text: "resolve", In: Since(V(1, 27, 3))},
			{Text: "service=", In: Since(V(1, 27, 3))},
		}
	case "proxy_http_version":
		return []Word{
			{Text: "1.0"}, {Text: "1.1"}, {Text: "2", In: Since(V(1, 29, 4))},
		}
	case "keepalive":
		return []Word{
			{Text: "local", In: Since(ReuseByDefault)},
		}
	case "proxy_next_upstream":
		return []Word{
			{Text: "error"},
			{Text: "timeout"},
			{Text: "invalid_header"},
			{Text: "non_idempotent"},
			{Text: "http_500"},
			{Text: "http_502"},
			{Text: "http_503"},
			{Text: "http_504"},
			{Text: "http_403"},
			{Text: "http_404"},
			{Text: "http_429"},
			{Text: "off"},
		}
	case "proxy_set_header":
		return []Word{
			{Text: "Connection"}, {Text: "Host"}, {Text: "Upgrade"}, {Text: "X-Forwarded-For"}, {Text: "X-Forwarded-Proto"}, {Text: "X-Real-IP"},
		}
	case "ssl_protocols":
		return []Word{
			{Text: "TLSv1"}, {Text: "TLSv1.1"}, {Text: "TLSv1.2"}, {Text: "TLSv1.3"},
		}
	case "use":
		return []Word{
			{Text: "epoll"}, {Text: "poll"}, {Text: "select"},
		}
	case "error_log":
		return []Word{
			{Text: "debug"}, {Text: "info"}, {Text: "notice"}, {Text: "warn"}, {Text: "error"}, {Text: "crit"}, {Text: "alert"}, {Text: "emerg"},
		}
	}
	return nil
}

// WordsOf are the fixed arguments that a directive is known to take in some of the
// releases, in no order that means anything; none where the table has none. Those of
// "server" are for the ones in an upstream.
func WordsOf(name string, in Range) []string {
	var out []string
	for _, w := range words(name) {
		if !w.In.Intersect(in).Empty() {
			out = append(out, w.Text)
		}
	}
	return out
}

// httpVariables and streamVariables are those of nginx's own modules, without "$"; the
// ones that end in "_" stand for all that begin so.
var (
	httpVariables = []string{
		"arg_", "args", "binary_remote_addr", "body_bytes_sent", "bytes_sent", "connection", "connection_requests",
		"connection_time", "content_length", "content_type", "cookie_", "document_root", "document_uri", "host", "hostname",
		"http_", "http_connection", "http_host", "http_upgrade", "https", "is_args", "limit_rate", "msec", "nginx_version", "pid", "pipe",
		"proxy_add_x_forwarded_for", "proxy_host", "proxy_port", "proxy_protocol_addr", "proxy_protocol_port",
		"query_string", "realpath_root", "remote_addr", "remote_port", "remote_user", "request", "request_body",
		"request_body_file", "request_completion", "request_filename", "request_id", "request_length", "request_method",
		"request_time", "request_uri", "scheme", "sent_http_", "server_addr", "server_name", "server_port",
		"server_protocol", "ssl_cipher", "ssl_client_verify", "ssl_protocol", "ssl_server_name", "ssl_session_reused", "status",
		"tcpinfo_rcv_space", "tcpinfo_rtt", "tcpinfo_rttvar", "tcpinfo_snd_cwnd", "time_iso8601", "time_local",
		"upstream_addr", "upstream_bytes_received", "upstream_bytes_sent", "upstream_cache_status",
		"upstream_connect_time", "upstream_header_time", "upstream_http_", "upstream_response_length",
		"upstream_response_time", "upstream_status", "uri",
	}
	streamVariables = []string{
		"binary_remote_addr", "bytes_received", "bytes_sent", "connection", "hostname", "msec", "nginx_version", "pid",
		"protocol", "proxy_protocol_addr", "proxy_protocol_port", "remote_addr", "remote_port", "server_addr",
		"server_port", "session_time", "ssl_preread_alpn_protocols", "ssl_preread_server_name", "status", "time_iso8601",
		"time_local", "upstream_addr", "upstream_bytes_received", "upstream_bytes_sent", "upstream_connect_time",
		"upstream_first_byte_time", "upstream_session_time",
	}
)

// Variables are the variables of nginx's own modules, without "$", for http or for
// stream. Those that end in "_" stand for all that begin so. The list is made for
// offering them; a name that it lacks may well exist.
func Variables(stream bool) []string {
	if stream {
		return slices.Clone(streamVariables)
	}
	return slices.Clone(httpVariables)
}
