package facts

import (
	"path"
	"strings"
)

// KnownFile is a configuration file that nginx, a distribution or certbot installs
// and that configurations include by a path outside their own folder. What it can
// hold is known without reading it, so an include of it hides nothing else.
type KnownFile struct {
	Name     string   // the end of the path: "mime.types", "snippets/snakeoil.conf", "modules-enabled/*.conf"
	Prefixes []string // directives that it can hold; a name that ends in "_" stands for all that begin so
	Shipped  string   // its directives, where one distribution ships it for editing by nobody; or ""
}

// MayHold reports whether the file can hold a directive of that name, directly or
// through what it includes in turn.
func (k KnownFile) MayHold(directive string) bool {
	for _, p := range k.Prefixes {
		if p == directive || (strings.HasSuffix(p, "_") && strings.HasPrefix(directive, p)) {
			return true
		}
	}
	return false
}

// KnownInclude finds the file that an include names, by the end of its path as
// written. A file of that name that was found and read tells more than this does:
// ask only for the ones that cannot be seen.
func KnownInclude(include string) (KnownFile, bool) {
	for _, k := range knownFiles {
		bare := include == path.Base(k.Name) && !strings.Contains(k.Name, "*")
		if bare || include == k.Name || strings.HasSuffix(include, "/"+k.Name) {
			return k, true
		}
	}
	return KnownFile{}, false
}

// knownFiles are the files by name. The first part of a name that has one keeps a
// file of a common name apart from others.
var knownFiles = []KnownFile{
	// nginx itself, folder conf of its source
	{Name: "fastcgi.conf", Prefixes: []string{"fastcgi_param"}},
	{Name: "fastcgi_params", Prefixes: []string{"fastcgi_param"}},
	{Name: "koi-utf", Prefixes: []string{"charset_map"}},
	{Name: "koi-win", Prefixes: []string{"charset_map"}},
	{Name: "mime.types", Prefixes: []string{"types"}},
	{Name: "scgi_params", Prefixes: []string{"scgi_param"}},
	{Name: "uwsgi_params", Prefixes: []string{"uwsgi_param"}},
	{Name: "win-utf", Prefixes: []string{"charset_map"}},

	// modules that packages switch on: Debian, Alpine, Fedora and RHEL
	{Name: "modules-enabled/*.conf", Prefixes: []string{"load_module"}},
	{Name: "nginx/modules/*.conf", Prefixes: []string{"load_module"}},

	// Debian and Ubuntu, package nginx-common. Updates since April 2026 (Debian bug
	// 1126960) send $host as Host; the names in proxy_params stayed the same.
	{Name: "nginx/proxy_params", Prefixes: []string{"proxy_set_header"}, Shipped: `proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
`},
	{Name: "snippets/fastcgi-php.conf", Prefixes: []string{
		"fastcgi_index", "fastcgi_param", "fastcgi_split_path_info", "set", "try_files",
	}},
	{Name: "snippets/snakeoil.conf", Prefixes: []string{"ssl_certificate", "ssl_certificate_key"}},

	// certbot, package certbot-nginx; the list of its ssl_ lines changes with releases
	{Name: "options-ssl-nginx.conf", Prefixes: []string{"ssl_"}},

	// naxsi
	{Name: "naxsi_core.rules", Prefixes: []string{"MainRule"}},
}
