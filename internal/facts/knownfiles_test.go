package facts

import (
	"strings"
	"testing"
)

func TestKnownInclude(t *testing.T) {
	for _, test := range []struct{ include, directive string }{
		{"mime.types", "types"},
		{"/etc/nginx/mime.types", "types"},
		{"/usr/local/openresty/nginx/conf/mime.types", "types"},
		{"fastcgi_params", "fastcgi_param"},
		{"/etc/nginx/fastcgi.conf", "fastcgi_param"},
		{"snippets/fastcgi-php.conf", "try_files"},
		{"/etc/nginx/snippets/fastcgi-php.conf", "fastcgi_split_path_info"},
		{"snippets/snakeoil.conf", "ssl_certificate"},
		{"/etc/letsencrypt/options-ssl-nginx.conf", "ssl_protocols"},
		{"/etc/letsencrypt/options-ssl-nginx.conf", "ssl_session_tickets"},
		{"uwsgi_params", "uwsgi_param"},
		{"scgi_params", "scgi_param"},
		{"/etc/nginx/koi-utf", "charset_map"},
		{"/etc/nginx/modules-enabled/*.conf", "load_module"},
		{"modules-enabled/*.conf", "load_module"},
		{"/usr/share/nginx/modules/*.conf", "load_module"},
		{"/etc/nginx/modules/*.conf", "load_module"},
		{"/etc/nginx/naxsi_core.rules", "MainRule"},
		{"proxy_params", "proxy_set_header"},
		{"/etc/nginx/proxy_params", "proxy_set_header"},
	} {
		k, ok := KnownInclude(test.include)
		if !ok || !k.MayHold(test.directive) {
			t.Errorf("KnownInclude(%s) = %+v, %v; want one that may hold %s", test.include, k, ok, test.directive)
		}
		for _, other := range []string{"proxy_http_version", "proxy_buffering", "fastcgi_keep_conn", "proxy_set_headers", "ssl", ""} {
			if k.MayHold(other) {
				t.Errorf("%s may hold %q", test.include, other)
			}
		}
	}
	for _, include := range []string{
		"", "*.conf", "/etc/nginx/conf.d/*.conf", "proxy.conf", "/opt/app/proxy_params", "my-mime.types",
		"/etc/nginx/sites-enabled/*", "snippets/ssl-params.conf", "conf.d/modules/*.conf",
	} {
		if k, ok := KnownInclude(include); ok {
			t.Errorf("KnownInclude(%q) = %s", include, k.Name)
		}
	}
}

func TestKnownFilesTable(t *testing.T) {
	for i, k := range knownFiles {
		for _, p := range k.Prefixes {
			if !strings.HasSuffix(p, "_") && !KnownDirective(p) && p != "MainRule" {
				t.Errorf("%s: unknown directive %s", k.Name, p)
			}
		}
		if len(k.Prefixes) == 0 {
			t.Errorf("%s holds nothing", k.Name)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(k.Shipped, "\n"), "\n") {
			name, _, _ := strings.Cut(line, " ")
			if k.Shipped != "" && (!k.MayHold(name) || !strings.HasSuffix(line, ";")) {
				t.Errorf("%s: its text has %q", k.Name, line)
			}
		}
		for _, o := range knownFiles[:i] {
			if o.Name == k.Name {
				t.Errorf("%s is there twice", k.Name)
			}
		}
	}
}
