package facts

import (
	"slices"
	"strings"
	"testing"
)

func TestMergesTable(t *testing.T) {
	for i, r := range merges {
		if i > 0 && merges[i-1].name >= r.name {
			t.Errorf("%s is out of order, or there twice", r.name)
		}
		if r.merge == Scalar {
			t.Errorf("%s: a Scalar needs no row", r.name)
		}
		if len(Directives(r.name)) == 0 {
			t.Errorf("%s: nginx has no such directive", r.name)
		}
	}
	// Every block is Local but one: types is a list that a level replaces.
	for _, d := range directives {
		if d.Block && d.In.Before.IsZero() && MergeOf(d.Name) != Local && d.Name != "types" {
			t.Errorf("%s is a block and %v", d.Name, MergeOf(d.Name))
		}
		if strings.HasSuffix(d.Name, "_pass") && MergeOf(d.Name) != Local {
			t.Errorf("%s is %v", d.Name, MergeOf(d.Name))
		}
		if strings.HasSuffix(d.Name, "_types") && d.In.Before.IsZero() && MergeOf(d.Name) != Array {
			t.Errorf("%s is %v", d.Name, MergeOf(d.Name))
		}
		if d.Contexts&^(Upstream|StreamUpstream) == 0 && MergeOf(d.Name) == Array {
			t.Errorf("%s: an upstream has no levels to inherit from", d.Name)
		}
	}
}

func TestMergeOf(t *testing.T) {
	for want, names := range map[Merge]string{
		Array: `fastcgi_param scgi_param uwsgi_param grpc_set_header proxy_set_header add_header add_trailer
			proxy_hide_header proxy_pass_header fastcgi_hide_header uwsgi_pass_header grpc_hide_header error_page
			access_log error_log limit_req limit_conn allow deny auth_request_set set_real_ip_from proxy_redirect
			proxy_cookie_domain proxy_cookie_path proxy_cookie_flags proxy_cache_valid proxy_cache_bypass
			fastcgi_no_cache proxy_next_upstream proxy_ignore_headers proxy_cache_use_stale proxy_cache_methods
			gzip_proxied keepalive_disable gzip_types charset_types types index mirror sub_filter
			proxy_ssl_conf_command ssl_protocols`,
		Local: `try_files return rewrite set break proxy_pass fastcgi_pass uwsgi_pass scgi_pass grpc_pass
			memcached_pass tunnel_pass pass limit_except if location server listen server_name include upstream
			keepalive stub_status`,
		Scalar: `proxy_http_version proxy_buffering proxy_read_timeout proxy_cache tcp_nodelay gzip sendfile root
			alias internal auth_basic auth_basic_user_file auth_request add_header_inherit add_trailer_inherit
			resolver keepalive_timeout keepalive_requests proxy_socket_keepalive proxy_ignore_client_abort
			limit_req_status worker_connections no_such_directive`,
	} {
		for name := range strings.FieldsSeq(names) {
			if got := MergeOf(name); got != want {
				t.Errorf("MergeOf(%s) = %v, want %v", name, got, want)
			}
		}
	}
}

func TestMergeIn(t *testing.T) {
	for _, test := range []struct {
		in   Context
		name string
		want Merge
	}{
		{Upstream, "keepalive_timeout", Local},
		{Upstream, "resolver", Scalar},
		{StreamUpstream, "resolver_timeout", Scalar},
		{Location, "keepalive_timeout", Scalar},
		{Location, "proxy_pass", Local},
		{If, "proxy_pass", Scalar},
		{LimitExcept, "proxy_pass", Scalar},
		{If, "return", Local},
		{If, "proxy_set_header", Array},
	} {
		if got := MergeIn(test.in, test.name); got != test.want {
			t.Errorf("MergeIn(%v, %s) = %v, want %v", test.in, test.name, got, test.want)
		}
	}
}

func TestOneList(t *testing.T) {
	for _, name := range []string{"allow", "deny", "xslt_param", "alias", "proxy_set_header"} {
		list := OneList(name)
		if !slices.Contains(list, name) {
			t.Errorf("OneList(%s) = %v", name, list)
		}
		for _, other := range list {
			if !KnownDirective(other) || !slices.Equal(OneList(other), list) {
				t.Errorf("%s of OneList(%s) has another list", other, name)
			}
		}
	}
	if got := OneList("deny"); !slices.Equal(got, []string{"allow", "deny"}) {
		t.Errorf("OneList(deny) = %v", got)
	}
}
