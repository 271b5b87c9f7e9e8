package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	macroOf = regexp.MustCompile(`(?m)^#define\s+(\w+)\s+"([^"]+)"`)
	mergeOf = regexp.MustCompile(`ngx_conf_(?:merge_(\w+?)_value|init_(\w*?)_?value)\(\s*(?:conf|clcf|cscf|ccf|ecf)->(\w+),(?:\s*prev->\w+,)?\s*([^;]+?)\);`)
	fieldOf = regexp.MustCompile(`offsetof\(\w+,\s*(\w+)\)`)
	product = regexp.MustCompile(`^\d+\s*\*\s*\d+$|^\d+$`)
)

// relatives are the macros of src/core that name a relative and its release.
var relatives = []struct{ product, file, name, version string }{
	{"angie", "src/core/angie.h", "", "ANGIE_VERSION"},
	{"freenginx", "src/core/nginx.h", "freenginx/", "NGINX_VERSION"},
	{"tengine", "src/core/tengine.h", "", "TENGINE_VERSION"},
	{"nginx", "src/core/nginx.h", "", "NGINX_VERSION"},
}

// releaseOfCheckout reads of which product and release a checkout is.
func releaseOfCheckout(src fs.FS) (*checkout, error) {
	macros := func(file string) map[string]string {
		text, err := fs.ReadFile(src, file)
		if err != nil {
			return nil
		}
		out := map[string]string{}
		for _, m := range macroOf.FindAllStringSubmatch(string(text), -1) {
			out[m[1]] = m[2]
		}
		if strings.Contains(string(text), `"freenginx/"`) {
			out["freenginx/"] = "it"
		}
		return out
	}
	base := macros("src/core/nginx.h")
	if base == nil {
		return nil, errors.New("this is no checkout of nginx: there is no src/core/nginx.h")
	}
	for _, r := range relatives {
		all := macros(r.file)
		if v := all[r.version]; v != "" && (r.name == "" || all[r.name] != "") {
			return &checkout{product: r.product, release: v, base: base["NGINX_VERSION"]}, nil
		}
	}
	return nil, errors.New("src/core/nginx.h: no NGINX_VERSION")
}

// flagContexts are the contexts of the command table's flags, in the order of the data.
var flagContexts = []struct{ flag, context string }{
	{"NGX_MAIN_CONF", "main"},
	{"NGX_EVENT_CONF", "events"},
	{"NGX_HTTP_MAIN_CONF", "http"},
	{"NGX_HTTP_SRV_CONF", "server"},
	{"NGX_HTTP_LOC_CONF", "location"},
	{"NGX_HTTP_SIF_CONF", "if-in-server"},
	{"NGX_HTTP_LIF_CONF", "if-in-location"},
	{"NGX_HTTP_LMT_CONF", "limit_except"},
	{"NGX_HTTP_UPS_CONF", "upstream"},
	{"NGX_STREAM_MAIN_CONF", "stream"},
	{"NGX_STREAM_SRV_CONF", "stream-server"},
	{"NGX_STREAM_UPS_CONF", "stream-upstream"},
	{"NGX_MAIL_MAIN_CONF", "mail"},
	{"NGX_MAIL_SRV_CONF", "mail-server"},
	{"NGX_ANY_CONF", "any"},
}

// flags reads the second field of a command.
func (c *command) flags(field string) {
	var flags []string
	for f := range strings.SplitSeq(field, "|") {
		flags = append(flags, strings.TrimSpace(f))
	}
	var in []string
	for _, f := range flagContexts {
		if slices.Contains(flags, f.flag) {
			in = append(in, f.context)
		}
	}
	c.contexts = strings.Join(in, ",")
	c.block = slices.Contains(flags, "NGX_CONF_BLOCK")
	for _, f := range flags {
		args, counts := strings.CutPrefix(f, "NGX_CONF_TAKE")
		switch {
		case f == "NGX_CONF_NOARGS":
			c.also("0")
		case f == "NGX_CONF_FLAG":
			c.args = "flag"
		case f == "NGX_CONF_ANY":
			c.args = "any"
		case f == "NGX_CONF_1MORE" || f == "NGX_CONF_2MORE":
			c.args = f[len("NGX_CONF_"):len("NGX_CONF_")+1] + "+"
		case counts && args == "13":
			c.args = "1,3"
		case counts:
			c.also(args[:1])
			c.also(args[len(args)-1:])
		}
	}
}

// also widens the number of arguments.
func (c *command) also(n string) {
	lo, hi, _ := strings.Cut(c.args, "-")
	switch {
	case c.args == "":
		c.args = n
		return
	case hi == "":
		hi = lo
	}
	lo, hi = min(lo, n), max(hi, n)
	if c.args = lo; lo != hi {
		c.args += "-" + hi
	}
}

// defaultsIn are what the code of a file puts into fields that no level has set: C, by
// field. A field that is set in two ways is left out.
func defaultsIn(text string) map[string]string {
	out := map[string]string{}
	for _, m := range mergeOf.FindAllStringSubmatch(text, -1) {
		if was, ok := out[m[3]]; ok && was != m[4] {
			m[4] = ""
		}
		out[m[3]] = m[4]
	}
	return out
}

// initialOf is the default of a command in the syntax of the configuration, "-" if it is
// no plain number or flag.
func initialOf(initial map[string]string, offset string, c command) string {
	const none = "-"
	field := fieldOf.FindStringSubmatch(offset)
	if field == nil {
		return none
	}
	v := strings.Join(strings.Fields(initial[field[1]]), " ")
	switch {
	case v == "":
		return none
	case c.args == "flag":
		switch v {
		case "0":
			return "off"
		case "1":
			return "on"
		}
		return none
	case v == "(size_t) ngx_pagesize" && c.kind == "size":
		return "4k|8k"
	case v == "2 * ngx_pagesize" && c.kind == "size":
		return "8k|16k"
	case !product.MatchString(v):
		return none
	}
	n := 1
	for f := range strings.SplitSeq(v, "*") {
		one, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil {
			return none
		}
		n *= one
	}
	switch c.kind {
	case "num":
		return strconv.Itoa(n)
	case "msec":
		return inUnits(n, "ms", unit{1000, "s"}, unit{60 * 60 * 1000, "h"})
	case "sec":
		return inUnits(n, "s", unit{60 * 60, "h"})
	case "size", "off":
		return inUnits(n, "", unit{1 << 10, "k"}, unit{1 << 20, "m"})
	}
	return none
}

type unit struct {
	scale int
	name  string
}

// inUnits writes a number with the largest unit of which it is a whole multiple; 0 has
// none.
func inUnits(n int, name string, units ...unit) string {
	if n == 0 {
		return "0"
	}
	text := strconv.Itoa(n) + name
	for _, u := range units {
		if n%u.scale == 0 {
			text = strconv.Itoa(n/u.scale) + u.name
		}
	}
	return text
}

const directiveFile = "directives.tsv"

// mergeDirectives compares the commands of a checkout of nginx with the table of
// directives. Of a release that the table does not know yet, what is new becomes rows,
// and what went ends; of an older one, news is where the two differ, and the table stays
// as it is.
func mergeDirectives(data fs.FS, c *checkout, newest string) (text string, news []string, err error) {
	t, err := readTable(data, directiveFile)
	if err != nil {
		return "", nil, err
	}
	changed, err := readTable(data, "directive-defaults.tsv")
	if err != nil {
		return "", nil, err
	}
	m := &directiveMerge{c: c, adds: older(newest, c.release), cols: t.cols, defaults: changed}
	for _, r := range t.rows {
		m.rows = append(m.rows, slices.Clone(r.values))
	}
	m.merge()
	if !m.adds {
		return string(t.text), m.news, nil
	}
	slices.SortStableFunc(m.rows, func(a, b []string) int { return strings.Compare(a[0]+" "+a[1], b[0]+" "+b[1]) })
	return head(t.text) + lines(m.rows), m.news, nil
}

// head are the comments of a table and the names of its columns.
func head(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		b.WriteString(line)
		if !strings.HasPrefix(line, "#") {
			break
		}
	}
	return b.String()
}

// lines are the rows of a table.
func lines(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.Join(r, "\t") + "\n")
	}
	return b.String()
}

// directiveMerge is one comparison with the table of directives.
type directiveMerge struct {
	c        *checkout
	adds     bool
	cols     map[string]int
	rows     [][]string
	defaults *table
	news     []string
}

func (m *directiveMerge) merge() {
	seen := map[string]bool{}
	modules := map[string]bool{}
	for _, cmd := range m.c.commands {
		if cmd.contexts == "" {
			continue // of a module beside nginx
		}
		seen[cmd.name+" "+cmd.module], modules[cmd.module] = true, true
		m.command(&cmd)
	}
	for _, r := range m.rows {
		if m.holds(r) && modules[r[1]] && !seen[r[0]+" "+r[1]] {
			m.news = append(m.news, fmt.Sprintf("%s (%s): gone", r[0], r[1]))
			if m.adds {
				r[m.cols["before"]] = m.c.release
			}
		}
	}
}

// holds reports whether a row is about the release of the checkout.
func (m *directiveMerge) holds(r []string) bool {
	before := r[m.cols["before"]]
	return !older(m.c.release, r[m.cols["since"]]) && (before == "-" || older(m.c.release, before))
}

// command compares one command with its row.
func (m *directiveMerge) command(cmd *command) {
	at := slices.IndexFunc(m.rows, func(r []string) bool { return r[0] == cmd.name && r[1] == cmd.module && m.holds(r) })
	if at < 0 {
		m.news = append(m.news, fmt.Sprintf("%s (%s): new, in %s, %s", cmd.name, cmd.module, cmd.contexts, cmd.args))
		if m.adds {
			m.add(cmd, nil)
		}
		return
	}
	r := m.rows[at]
	in, args, initial := r[m.cols["contexts"]], r[m.cols["args"]], r[m.cols["default"]]
	var what []string
	if cmd.contexts != in {
		what = append(what, "in "+cmd.contexts+", the table has "+in)
	}
	if cmd.args != args && !sameArgs(cmd.args, args) {
		what = append(what, "arguments "+cmd.args+", the table has "+args)
	}
	if len(what) > 0 {
		m.news = append(m.news, fmt.Sprintf("%s (%s): %s", cmd.name, cmd.module, strings.Join(what, "; ")))
		if m.adds {
			r[m.cols["before"]] = m.c.release
			m.add(cmd, r)
		}
	}
	for _, d := range m.defaults.rows {
		before := d.get("before")
		if d.get("name") == cmd.name && d.get("module") == cmd.module && !older(m.c.release, d.get("from")) && (before == "" || older(m.c.release, before)) {
			initial = d.get("default")
		}
	}
	if cmd.initial != "-" && initial != "-" && amount(cmd.initial) != amount(initial) {
		m.news = append(m.news, fmt.Sprintf("%s (%s): default %s, the table has %s", cmd.name, cmd.module, cmd.initial, initial))
	}
}

// sameArgs reports whether the table says of arguments what its head says it says
// otherwise than the source: a flag that takes words, too.
func sameArgs(source, table string) bool {
	return source == "flag" && table == "1" || source == "1" && table == "flag"
}

// amount is a default without its unit, so that 180s is 3m and 0s is 0.
func amount(s string) string {
	if s == "" {
		return s
	}
	unit := map[byte]int{'s': 1000, 'm': 60 * 1000, 'h': 60 * 60 * 1000, 'k': 1 << 10, 'K': 1 << 10}
	for _, u := range []struct {
		name  string
		scale int
	}{{"ms", 1}, {s[len(s)-1:], unit[s[len(s)-1]]}} {
		if n, err := strconv.Atoi(strings.TrimSuffix(s, u.name)); err == nil && strings.HasSuffix(s, u.name) && u.scale > 0 {
			return strconv.Itoa(n * u.scale)
		}
	}
	return s
}

// add adds a row for a command; before is its last form, nil if it is new.
func (m *directiveMerge) add(cmd *command, before []string) {
	r := make([]string, len(m.cols))
	for i := range r {
		r[i] = "-"
	}
	if before != nil {
		copy(r, before)
		r[m.cols["before"]] = "-"
	}
	r[0], r[1] = cmd.name, cmd.module
	set := map[string]string{"since": m.c.release, "contexts": cmd.contexts, "args": cmd.args, "source": cmd.source}
	if before == nil {
		set["default"] = cmd.initial
		if cmd.block {
			set["flags"] = "block"
		}
	}
	for col, v := range set {
		r[m.cols[col]] = v
	}
	m.rows = append(m.rows, r)
}
