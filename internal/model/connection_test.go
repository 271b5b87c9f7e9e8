package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// connection is what a test expects of a Connection.
type connection struct {
	Close   string // versions
	Unsure  bool
	Setting string
	Entry   string // of a map
}

func TestConnection(t *testing.T) {
	t.Parallel()
	const upgrade = "proxy_set_header Connection $connection_upgrade;"
	upgraded := "nginx.conf: proxy_set_header Connection $connection_upgrade"
	mapped := func(entries string) string { return "map $http_upgrade $connection_upgrade { " + entries + " }" }
	tests := []struct {
		name, http, location string
		want                 connection
	}{
		{"nginx's own", "", "", connection{Close: "old"}},
		{"nginx's own, with other headers", "", "proxy_set_header Host $host;", connection{Close: "old"}},
		{"empty", "", `proxy_set_header Connection "";`, connection{Close: "never", Setting: "nginx.conf: proxy_set_header Connection "}},
		{"close", "", "proxy_set_header connection close;", connection{Close: "all", Setting: "nginx.conf: proxy_set_header connection close"}},
		{
			"close somewhere, in capitals", "", `proxy_set_header Connection "foo-CLOSEd";`,
			connection{Close: "all", Setting: "nginx.conf: proxy_set_header Connection foo-CLOSEd"},
		},
		{"upgrade", "", "proxy_set_header Connection upgrade;", connection{Close: "never", Setting: "nginx.conf: proxy_set_header Connection upgrade"}},
		{"from http", `proxy_set_header Connection "";`, "", connection{Close: "never", Setting: "nginx.conf: proxy_set_header Connection "}},
		{"lost", `proxy_set_header Connection "";`, "proxy_set_header Host $host;", connection{Close: "old"}},
		{"the client's", "", "proxy_set_header Connection $http_connection;", connection{Unsure: true, Close: "never", Setting: "nginx.conf: proxy_set_header Connection $http_connection"}},
		{"close and a variable", "", `proxy_set_header Connection "close, $x";`, connection{Close: "all", Setting: "nginx.conf: proxy_set_header Connection close, $x"}},
		{"two variables", "", `proxy_set_header Connection "$a$b";`, connection{Unsure: true, Close: "never", Setting: "nginx.conf: proxy_set_header Connection $a$b"}},
		{"a variable and text", "", `proxy_set_header Connection "$a, keep-alive";`, connection{Unsure: true, Close: "never", Setting: "nginx.conf: proxy_set_header Connection $a, keep-alive"}},
		{"unseen headers", "", "include /srv/proxy.conf;", connection{Unsure: true, Close: "never"}},

		{"the textbook map", mapped("default upgrade; '' close;"), upgrade, connection{Close: "all", Setting: upgraded, Entry: "nginx.conf:  close"}},
		{"the map as it should be", mapped("default upgrade; '' '';"), upgrade, connection{Close: "never", Setting: upgraded, Entry: "nginx.conf:  "}},
		{"the map in braces", mapped("default upgrade; '' close;"), "proxy_set_header Connection ${connection_upgrade};", connection{Close: "all", Setting: "nginx.conf: proxy_set_header Connection ${connection_upgrade}", Entry: "nginx.conf:  close"}},
		{"no entry for no upgrade", mapped("websocket upgrade; default close;"), upgrade, connection{Close: "all", Setting: upgraded, Entry: "nginx.conf: default close"}},
		{"a quoted default", mapped(`websocket upgrade; "default" close;`), upgrade, connection{Close: "all", Setting: upgraded, Entry: "nginx.conf: default close"}},
		{"an escaped default is a plain key", mapped(`\default close;`), upgrade, connection{Close: "never", Setting: upgraded}},
		{"no default either", mapped("websocket upgrade;"), upgrade, connection{Close: "never", Setting: upgraded}},
		{"a harmless pattern", mapped("~*^websocket$ upgrade; default close;"), upgrade, connection{Close: "all", Setting: upgraded, Entry: "nginx.conf: default close"}},
		{"a pattern that may match nothing", mapped("~.* upgrade; default close;"), upgrade, connection{Unsure: true, Close: "never", Setting: upgraded}},
		{"a pattern behind an exact key", mapped("~.* upgrade; '' close;"), upgrade, connection{Close: "all", Setting: upgraded, Entry: "nginx.conf:  close"}},
		{"volatile", mapped("volatile; default upgrade; '' close;"), upgrade, connection{Close: "all", Setting: upgraded, Entry: "nginx.conf:  close"}},
		{"an include in the map", mapped("include /srv/map.conf; '' close;"), upgrade, connection{Unsure: true, Close: "never", Setting: upgraded}},
		{"an entry of two values", mapped("default a b; '' close;"), upgrade, connection{Unsure: true, Close: "never", Setting: upgraded}},
		{"a variable in the map", mapped("default upgrade; '' $x;"), upgrade, connection{Unsure: true, Close: "never", Setting: upgraded, Entry: "nginx.conf:  $x"}},
		{"another source", "map $http_x $connection_upgrade { '' close; }", upgrade, connection{Unsure: true, Close: "never", Setting: upgraded}},
		{"no map", "", upgrade, connection{Unsure: true, Close: "never", Setting: upgraded}},
		{"two maps", mapped("'' close;") + mapped("'' '';"), upgrade, connection{Unsure: true, Close: "never", Setting: upgraded}},
		{"set changes it", mapped("'' close;"), upgrade + " set $connection_upgrade keep-alive;", connection{Unsure: true, Close: "never", Setting: upgraded}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, "events {}\nhttp { "+tt.http+" server { location / { "+tt.location+" } } }\n")
			c := at(t, h, "location /").Connection()
			got := connection{Close: versions(c.Close), Unsure: !c.Sure, Setting: place(c.Setting), Entry: place(c.Entry)}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if (c.Map != nil) != (got.Entry != "" || got.Setting == upgraded && c.Sure) {
				t.Errorf("Map is %v", c.Map)
			}
		})
	}
}

// TestMapIncluded: a map may stand in a file of its own.
func TestMapIncluded(t *testing.T) {
	t.Parallel()
	h := build(t, `-- nginx.conf --
events {}
http { include maps/*.conf; server { location / { proxy_set_header Connection $c; } } }
-- maps/a.conf --
map $http_upgrade $c { hostnames; default upgrade; '' close; }
`)
	c := at(t, h, "location /").Connection()
	if got := place(c.Entry); !c.Sure || got != "maps/a.conf:  close" {
		t.Errorf("sure %v, entry %q", c.Sure, got)
	}
	m := h.Nginx.Map("c")
	if m == nil || m.Source != "$http_upgrade" || !m.Sure || len(m.Entries) != 2 {
		t.Errorf("the map is %+v", m)
	}
	if h.Nginx.Map("d") != nil {
		t.Error("there is a map for $d")
	}
}
