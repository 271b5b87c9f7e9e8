package facts

import (
	"fmt"
	"slices"
	"strings"
)

// Flavour is a server that reads nginx configuration: nginx itself or one of
// its relatives.
type Flavour struct {
	// Name is how --nginx writes it: "nginx", "openresty", ...
	Name string
	// Title is its name for people.
	Title string
	// base maps a version of it to the range of nginx versions whose defaults it
	// has.
	base func(Version) Range
	// AsksForPools says that an upstream pools only with a keepalive line and
	// that keepalive must stand below the balancing method, whatever the version:
	// Angie took the HTTP/1.1 default of nginx 1.29.7 without its pools
	// (facts §0).
	AsksForPools bool
	// newest is the newest series that is known of one whose releases are not
	// numbered as nginx's.
	newest Version
	// lacks are directives that nginx of those versions has and this server does
	// not know.
	lacks []string
	// also are directives that it takes where nginx does not.
	also []placed
}

// placed is a directive in contexts.
type placed struct {
	name string
	in   Context
}

// flavours are sorted by name.
var flavours = []Flavour{
	{
		Name: "angie", Title: "Angie", AsksForPools: true, newest: V(1, 13, 0),
		// 1.12.0 and 1.12.1 stand on nginx 1.31.2 ("angie -V", NGINX_VERSION in
		// src/core/nginx.h): HTTP/1.1 and no Connection by default.
		base: func(v Version) Range {
			if v.Compare(V(1, 12, 0)) >= 0 {
				return Only(V(1, 31, 2))
			}
			return Range{From: OldestNginx, Before: ReuseByDefault}
		},
		// Built from the tag Angie-1.12.1 and asked with "angie -t".
		lacks: []string{"add_header_inherit", "add_trailer_inherit", "keepalive_min_timeout"},
		also:  []placed{{"proxy_http_version", If | LimitExcept}},
	},
	// What freenginx did after 1.27.2 is not known; up to there its numbers are
	// nginx's.
	{Name: "freenginx", Title: "freenginx", base: Only},
	{Name: "nginx", Title: "nginx", base: Only},
	// OpenResty's first three numbers are those of the nginx inside.
	{Name: "openresty", Title: "OpenResty", base: Only},
	{
		Name: "tengine", Title: "Tengine", newest: V(3, 2, 0),
		// 3.2.0 has the defaults of nginx 1.31.3; older ones stand on nginx 1.24 and
		// before.
		base: func(v Version) Range {
			if v.Compare(V(3, 2, 0)) >= 0 {
				return Only(V(1, 31, 3))
			}
			return Range{From: OldestNginx, Before: ReuseByDefault}
		},
	},
}

// Knows reports whether the server has a directive that nginx of those versions has.
func (f Flavour) Knows(directive string) bool { return !slices.Contains(f.lacks, directive) }

// AlsoIn are the contexts in which the server takes a directive and nginx does not.
func (f Flavour) AlsoIn(directive string) Context {
	for _, p := range f.also {
		if p.name == directive {
			return p.in
		}
	}
	return 0
}

// Nginx is nginx itself.
func Nginx() Flavour { return flavours[2] }

// ParseServer reads what --nginx takes: a version of nginx ("1.28.0"), or a
// relative and its version ("angie-1.12", "openresty-1.27.1.2"). It returns the
// nginx versions whose defaults that server has.
func ParseServer(s string) (Flavour, Range, error) {
	f, v, err := parseServer(s)
	if err != nil {
		return Flavour{}, Range{}, err
	}
	return f, f.base(v), nil
}

// parseServer returns the server's own version.
func parseServer(s string) (Flavour, Version, error) {
	name, number := "nginx", s
	if i := strings.IndexAny(s, "0123456789"); i > 0 {
		name, number = strings.ToLower(strings.TrimRight(s[:i], "-_/ ")), s[i:]
	}
	var names []string
	for _, f := range flavours {
		names = append(names, f.Name)
		if f.Name != name {
			continue
		}
		if parts := strings.Split(number, "."); f.Name == "openresty" && len(parts) == 4 {
			number = strings.Join(parts[:3], ".")
		}
		v, err := ParseVersion(number)
		if err != nil {
			return Flavour{}, Version{}, err
		}
		return f, v, nil
	}
	if name == s {
		_, err := ParseVersion(s)
		return Flavour{}, Version{}, err
	}
	return Flavour{}, Version{}, fmt.Errorf("%q is not a server that reads nginx configuration: want one of %s", name, strings.Join(names, ", "))
}
