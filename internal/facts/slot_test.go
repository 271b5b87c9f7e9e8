package facts

import "testing"

// The readers of the core, as real nginx measured them.
func TestRefusedValue(t *testing.T) {
	every := NginxWindow()
	for _, test := range []struct {
		name, module string
		in           Range
		args         []string
		refused      bool
	}{
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"1h 30m"}, false},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"500ms"}, false},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"90"}, false},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"1y"}, true},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"1M"}, true},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"30s1m"}, true},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"5x"}, true},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{""}, true},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"$time"}, true},
		{"proxy_read_timeout", "ngx_http_proxy_module", every, []string{"99999999999999999999"}, true},
		{"proxy_max_temp_file_size", "ngx_http_proxy_module", every, []string{"1g"}, true},
		{"client_max_body_size", "ngx_http_core_module", every, []string{"1g"}, false},
		{"keepalive_timeout", "ngx_http_core_module", every, []string{"75s", "500ms"}, true},
		{"keepalive_timeout", "ngx_http_core_module", every, []string{"500ms", "1y"}, false},
		{"gzip_comp_level", "ngx_http_gzip_filter_module", every, []string{"10"}, true},
		{"limit_req_status", "ngx_http_limit_req_module", every, []string{"429"}, false},
		{"limit_req_status", "ngx_http_limit_req_module", every, []string{"302"}, true},
		{"proxy_buffers", "ngx_http_proxy_module", every, []string{"0", "8k"}, true},
		{"proxy_next_upstream", "ngx_http_proxy_module", every, []string{"error", "HTTP_502"}, false},
		{"proxy_next_upstream", "ngx_http_proxy_module", every, []string{"error", "http_501"}, true},
		// What one release of the target takes is not claimed.
		{"proxy_http_version", "ngx_http_proxy_module", every, []string{"2"}, false},
		{"proxy_http_version", "ngx_http_proxy_module", Only(V(1, 28, 0)), []string{"2"}, true},
		{"proxy_http_version", "ngx_http_proxy_module", every, []string{"3"}, true},
		{"keepalive", "ngx_http_upstream_keepalive_module", Only(V(1, 29, 6)), []string{"0"}, true},
		{"keepalive", "ngx_http_upstream_keepalive_module", Only(V(1, 29, 7)), []string{"0"}, false},
		// Variables came between two releases that were read.
		{"proxy_limit_rate", "ngx_http_proxy_module", Only(V(1, 26, 3)), []string{"$rate"}, true},
		{"proxy_limit_rate", "ngx_http_proxy_module", Only(V(1, 28, 0)), []string{"$rate"}, false},
		{"proxy_limit_rate", "ngx_http_proxy_module", every, []string{"1g"}, true},
		// Code of the module's own.
		{"worker_processes", "ngx_core_module", every, []string{"many"}, false},
	} {
		bad, want, refused := RefusedValue(test.name, test.module, test.in, test.args)
		if refused != test.refused {
			t.Errorf("%s %q, %s: refused %t (%q, not %s), want %t", test.name, test.args, test.in.Describe("nginx"), refused, bad, want, test.refused)
		}
	}
}
