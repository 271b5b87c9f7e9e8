package facts

import "strings"

// Merge says how the value of a directive reaches the blocks inside the one where
// it stands.
type Merge uint8

const (
	// Scalar is a plain value: the nearest level that has the directive wins.
	Scalar Merge = iota
	// Array is a list, or a set of bits, that is all or nothing: a level with one
	// of its own inherits none of the outer ones. Several at one level add up.
	Array
	// Local is never inherited: a block, an action, a content handler, or what
	// belongs to one server or upstream.
	Local
)

// String names the kind for tests and explanations.
func (m Merge) String() string {
	return [...]string{"scalar", "array", "local"}[m]
}

// MergeOf is how the value of a directive reaches inner contexts. It is exact for
// nginx's own directives; a name from elsewhere counts as Scalar, which not every
// third-party module follows (headers-more adds outer headers to inner ones).
func MergeOf(name string) Merge {
	if n := NameOf(name); n != nil {
		return n.Merge
	}
	return Scalar
}

// MergeIn is how a directive that is not written in a block of that context gets
// its value there. It differs from MergeOf in two places. An upstream inherits
// nothing, so http's keepalive_timeout says nothing of an upstream's; only its
// resolver falls back on http's (ngx_http_upstream_round_robin.c:104-125). And an
// if or limit_except takes the *_pass of the location around it
// (ngx_http_proxy_module.c:4093-4112), which no nested location does.
func MergeIn(in Context, name string) Merge {
	switch {
	case in&(Upstream|StreamUpstream) != 0 && name != "resolver" && name != "resolver_timeout":
		return Local
	case in&(If|LimitExcept) != 0 && strings.HasSuffix(name, "_pass") && MergeOf(name) == Local:
		return Scalar
	}
	return MergeOf(name)
}

// OneList are the directives that fill the same inherited slot as name, name
// itself included: a level with an allow of its own also drops the deny lines from
// outside, and an alias takes the place of a root.
func OneList(name string) []string {
	switch name {
	case "allow", "deny":
		return []string{"allow", "deny"} // ngx_http_access_module.c:426-441
	case "xslt_param", "xslt_string_param":
		return []string{"xslt_param", "xslt_string_param"} // ngx_http_xslt_filter_module.c, conf->params
	case "alias", "root":
		return []string{"alias", "root"} // ngx_http_core_module.c, clcf->root
	}
	return []string{name}
}

type mergeRow struct {
	name  string
	merge Merge
}

// merges is every directive that is no Scalar, by name. The citations are lines of
// nginx 1.31.5: up.c is http/ngx_http_upstream.c, core.c http/ngx_http_core_module.c,
// and X the file of module X. "bitmask" is ngx_conf_merge_bitmask_value.
var merges = []mergeRow{
	{"access_log", Array},              // log:1313-1348: "off" counts as one
	{"add_header", Array},              // headers_filter:721-753, unless add_header_inherit says merge or off
	{"add_trailer", Array},             // headers_filter:721-753, the same
	{"addition_types", Array},          // http/ngx_http.c:2109, ngx_http_merge_types
	{"allow", Array},                   // access:426-441, one list with deny
	{"ancient_browser", Array},         // browser merge_conf
	{"auth_http_header", Array},        // mail_auth_http merge_conf
	{"auth_request_set", Array},        // auth_request merge_conf
	{"break", Local},                   // rewrite script of its own block
	{"charset_map", Local},             // block
	{"charset_types", Array},           // ngx_http_merge_types
	{"client_body_early_read", Array},  // predicate list, as *_no_cache
	{"dav_methods", Array},             // bitmask
	{"deny", Array},                    // access:426-441, one list with allow
	{"early_hints", Array},             // predicate list
	{"empty_gif", Local},               // content handler
	{"error_log", Array},               // core.c:3873, the chain as a whole
	{"error_page", Array},              // core.c:3881
	{"events", Local},                  // block
	{"fastcgi_cache_bypass", Array},    // fastcgi merge_loc_conf
	{"fastcgi_cache_methods", Array},   // bitmask
	{"fastcgi_cache_use_stale", Array}, // bitmask
	{"fastcgi_cache_valid", Array},     // fastcgi merge_loc_conf
	{"fastcgi_catch_stderr", Array},    // fastcgi merge_loc_conf
	{"fastcgi_hide_header", Array},     // up.c:7096-7214, apart from *_pass_header
	{"fastcgi_ignore_headers", Array},  // bitmask
	{"fastcgi_next_upstream", Array},   // bitmask
	{"fastcgi_no_cache", Array},        // fastcgi merge_loc_conf
	{"fastcgi_param", Array},           // fastcgi:3333-3339
	{"fastcgi_pass", Local},            // content handler
	{"fastcgi_pass_header", Array},     // up.c:7096-7214, apart from *_hide_header
	{"flv", Local},                     // content handler
	{"geo", Local},                     // block
	{"grpc_hide_header", Array},        // up.c:7096-7214
	{"grpc_ignore_headers", Array},     // bitmask
	{"grpc_next_upstream", Array},      // bitmask
	{"grpc_pass", Local},               // content handler
	{"grpc_pass_header", Array},        // up.c:7096-7214
	{"grpc_set_header", Array},         // grpc:4741
	{"grpc_ssl_conf_command", Array},   // grpc merge_loc_conf
	{"grpc_ssl_protocols", Array},      // bitmask
	{"gzip_disable", Array},            // gzip list of patterns
	{"gzip_proxied", Array},            // bitmask
	{"gzip_types", Array},              // ngx_http_merge_types
	{"hash", Local},                    // in upstream
	{"http", Local},                    // block
	{"if", Local},                      // block
	{"imap_auth", Array},               // bitmask
	{"imap_capabilities", Array},       // mail_imap merge_srv_conf
	{"include", Local},                 // replaced by what the file holds
	{"index", Array},                   // index merge_loc_conf
	{"ip_hash", Local},                 // in upstream
	{"keepalive", Local},               // in upstream
	{"keepalive_disable", Array},       // bitmask
	{"least_conn", Local},              // in upstream
	{"least_time", Local},              // in upstream
	{"limit_conn", Array},              // limit_conn:547
	{"limit_except", Local},            // block
	{"limit_req", Array},               // limit_req:813
	{"listen", Local},                  // address of one server
	{"location", Local},                // block
	{"mail", Local},                    // block
	{"map", Local},                     // block
	{"memcached_next_upstream", Array}, // bitmask
	{"memcached_pass", Local},          // content handler
	{"mirror", Array},                  // mirror merge_loc_conf
	{"modern_browser", Array},          // browser merge_conf
	{"mp4", Local},                     // content handler
	{"pass", Local},                    // content handler of stream
	{"perl", Local},                    // content handler
	{"pop3_auth", Array},               // bitmask
	{"pop3_capabilities", Array},       // mail_pop3 merge_srv_conf
	{"proxy_cache_bypass", Array},      // proxy.c:3915-3921
	{"proxy_cache_methods", Array},     // bitmask, proxy.c:3841-3855
	{"proxy_cache_use_stale", Array},   // bitmask, proxy.c:3841-3855
	{"proxy_cache_valid", Array},       // proxy.c:3915-3921
	{"proxy_cookie_domain", Array},     // proxy.c:4011-4066
	{"proxy_cookie_flags", Array},      // proxy.c:4011-4066
	{"proxy_cookie_path", Array},       // proxy.c:4011-4066
	{"proxy_hide_header", Array},       // up.c:7096-7214, apart from proxy_pass_header
	{"proxy_ignore_headers", Array},    // bitmask, proxy.c:3841-3855
	{"proxy_next_upstream", Array},     // bitmask, proxy.c:3841-3855
	{"proxy_no_cache", Array},          // proxy.c:3915-3921
	{"proxy_pass", Local},              // content handler, proxy.c:4093-4106
	{"proxy_pass_header", Array},       // up.c:7096-7214, apart from proxy_hide_header
	{"proxy_redirect", Array},          // proxy.c:4011-4066
	{"proxy_set_header", Array},        // proxy.c:4138-4179
	{"proxy_ssl_conf_command", Array},  // proxy merge_loc_conf
	{"proxy_ssl_protocols", Array},     // bitmask
	{"random", Local},                  // in upstream
	{"return", Local},                  // rewrite script of its own block
	{"rewrite", Local},                 // rewrite script of its own block
	{"scgi_cache_bypass", Array},       // scgi merge_loc_conf
	{"scgi_cache_methods", Array},      // bitmask
	{"scgi_cache_use_stale", Array},    // bitmask
	{"scgi_cache_valid", Array},        // scgi merge_loc_conf
	{"scgi_hide_header", Array},        // up.c:7096-7214
	{"scgi_ignore_headers", Array},     // bitmask
	{"scgi_next_upstream", Array},      // bitmask
	{"scgi_no_cache", Array},           // scgi merge_loc_conf
	{"scgi_param", Array},              // scgi:1724
	{"scgi_pass", Local},               // content handler
	{"scgi_pass_header", Array},        // up.c:7096-7214
	{"server", Local},                  // block, or in upstream
	{"server_name", Local},             // names of one server
	{"set", Local},                     // rewrite script of its own block
	{"set_real_ip_from", Array},        // realip:483
	{"smtp_auth", Array},               // bitmask
	{"smtp_capabilities", Array},       // mail_smtp merge_srv_conf
	{"split_clients", Local},           // block
	{"ssi_types", Array},               // ngx_http_merge_types
	{"ssl_certificate", Array},         // ssl merge_srv_conf
	{"ssl_certificate_key", Array},     // ssl merge_srv_conf
	{"ssl_conf_command", Array},        // ssl merge_srv_conf
	{"ssl_ech_file", Array},            // ssl merge_srv_conf
	{"ssl_protocols", Array},           // bitmask
	{"ssl_session_ticket_key", Array},  // ssl merge_srv_conf
	{"sticky", Local},                  // in upstream
	{"stream", Local},                  // block
	{"stub_status", Local},             // content handler
	{"sub_filter", Array},              // sub merge_loc_conf
	{"sub_filter_types", Array},        // ngx_http_merge_types
	{"try_files", Local},               // no merge function; a matching if loses it too
	{"tunnel_next_upstream", Array},    // bitmask
	{"tunnel_pass", Local},             // content handler
	{"types", Array},                   // core merge_loc_conf
	{"upstream", Local},                // block
	{"userid_flags", Array},            // bitmask
	{"uwsgi_cache_bypass", Array},      // uwsgi merge_loc_conf
	{"uwsgi_cache_methods", Array},     // bitmask
	{"uwsgi_cache_use_stale", Array},   // bitmask
	{"uwsgi_cache_valid", Array},       // uwsgi merge_loc_conf
	{"uwsgi_hide_header", Array},       // up.c:7096-7214
	{"uwsgi_ignore_headers", Array},    // bitmask
	{"uwsgi_next_upstream", Array},     // bitmask
	{"uwsgi_no_cache", Array},          // uwsgi merge_loc_conf
	{"uwsgi_param", Array},             // uwsgi:2049
	{"uwsgi_pass", Local},              // content handler
	{"uwsgi_pass_header", Array},       // up.c:7096-7214
	{"uwsgi_ssl_conf_command", Array},  // uwsgi merge_loc_conf
	{"uwsgi_ssl_protocols", Array},     // bitmask
	{"valid_referers", Array},          // referer merge_conf
	{"xslt_param", Array},              // xslt, one list with xslt_string_param
	{"xslt_string_param", Array},       // xslt, one list with xslt_param
	{"xslt_stylesheet", Array},         // xslt merge_conf
	{"xslt_types", Array},              // ngx_http_merge_types
	{"zone", Local},                    // in upstream
}
