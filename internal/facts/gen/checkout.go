package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// A slot is how the command table of one release reads a directive's arguments.
type slot struct {
	name, module string
	kind         string // a word of slotKinds
	values       string // limits "1-64", or words with "|" between them; "-" for none
}

// slotKinds are the readers of values whose rules are those of the core, by the
// function in the command table.
var slotKinds = map[string]string{
	"ngx_conf_set_num_slot": "num", "ngx_conf_set_size_slot": "size", "ngx_conf_set_off_slot": "off",
	"ngx_conf_set_msec_slot": "msec", "ngx_conf_set_sec_slot": "sec", "ngx_conf_set_enum_slot": "enum",
	"ngx_conf_set_bitmask_slot": "words", "ngx_conf_set_bufs_slot": "bufs",
	"ngx_http_core_keepalive":              "keepalive",
	"ngx_http_set_complex_value_size_slot": "size-or-variable", "ngx_stream_set_complex_value_size_slot": "size-or-variable",
}

var (
	comments   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cpp        = regexp.MustCompile(`(?m)^#.*(\\\n.*)*$`)
	releaseOf  = regexp.MustCompile(`#define\s+NGINX_VERSION\s+"([0-9.]+)"`)
	commandsOf = regexp.MustCompile(`(?s)ngx_command_t\s+(\w+)\[\]\s*=\s*\{(.*?)\n\};`)
	moduleOf   = regexp.MustCompile(`(?s)ngx_module_t\s+(\w+)\s*=\s*\{\s*NGX_MODULE_V1,\s*&?\w+,\s*(\w+),`)
	boundsOf   = regexp.MustCompile(`(?s)ngx_conf_num_bounds_t\s+(\w+)\s*=\s*\{\s*ngx_conf_check_num_bounds,\s*([-\w]+),\s*([-\w]+)`)
	wordsOf    = regexp.MustCompile(`(?s)ngx_conf_(?:enum|bitmask)_t\s+(\w+)\[\]\s*=\s*\{(.*?)\n\};`)
	wordOf     = regexp.MustCompile(`ngx_string\("([^"]*)"\)`)
)

// readCheckout reads the slots of every command table in a checkout of nginx or a
// relative, and the release that src/core/nginx.h says it is.
func readCheckout(src fs.FS) (release string, slots []slot, err error) {
	header, err := fs.ReadFile(src, "src/core/nginx.h")
	if err != nil {
		return "", nil, fmt.Errorf("this is no checkout of nginx: %w", err)
	}
	found := releaseOf.FindStringSubmatch(string(header))
	if found == nil {
		return "", nil, errors.New("src/core/nginx.h: no NGINX_VERSION")
	}
	texts := map[string]string{}
	bounds, words := map[string]string{}, map[string]string{}
	err = fs.WalkDir(src, "src", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".c") {
			return err
		}
		text, err := fs.ReadFile(src, name)
		if err != nil {
			return err
		}
		texts[name] = cpp.ReplaceAllLiteralString(comments.ReplaceAllLiteralString(string(text), ""), "")
		for _, b := range boundsOf.FindAllStringSubmatch(texts[name], -1) {
			bounds[name+b[1]], bounds[b[1]] = limits(b[2], b[3]), limits(b[2], b[3])
		}
		for _, w := range wordsOf.FindAllStringSubmatch(texts[name], -1) {
			var all []string
			for _, one := range wordOf.FindAllStringSubmatch(w[2], -1) {
				all = append(all, one[1])
			}
			slices.Sort(all)
			list := strings.Join(slices.Compact(all), "|")
			words[name+w[1]], words[w[1]] = list, list
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	for name, text := range texts {
		modules := map[string]string{}
		for _, m := range moduleOf.FindAllStringSubmatch(text, -1) {
			modules[m[2]] = m[1]
		}
		for _, c := range commandsOf.FindAllStringSubmatch(text, -1) {
			for _, e := range entries(c[2]) {
				s, ok := slotOf(e, name, bounds, words)
				if ok && modules[c[1]] != "" {
					s.module = modules[c[1]]
					slots = append(slots, s)
				}
			}
		}
	}
	slices.SortFunc(slots, func(a, b slot) int {
		return strings.Compare(a.name+" "+a.module, b.name+" "+b.module)
	})
	return found[1], slots, nil
}

// limits writes the ends of a number; a macro or -1 is no end.
func limits(lo, hi string) string {
	if strings.Trim(hi, "0123456789") != "" {
		hi = ""
	}
	if strings.Trim(lo, "0123456789") != "" {
		lo = "0"
	}
	return lo + "-" + hi
}

// slotOf reads the six fields of a command.
func slotOf(e []string, file string, bounds, words map[string]string) (slot, bool) {
	const fields = 6
	if len(e) != fields {
		return slot{}, false
	}
	name := wordOf.FindStringSubmatch(e[0])
	if name == nil {
		return slot{}, false
	}
	kind := slotKinds[e[2]]
	if kind == "" {
		kind = "other"
	}
	s := slot{name: name[1], kind: kind, values: "-"}
	post := strings.TrimPrefix(e[5], "&")
	of := func(table map[string]string) string {
		if v, ok := table[file+post]; ok {
			return v
		}
		return table[post]
	}
	switch kind {
	case "num":
		if b := of(bounds); b != "" {
			s.values = b
		}
	case "enum", "words":
		// A list that is made by other means is not known.
		if s.values = of(words); s.values == "" {
			s.kind, s.values = "other", "-"
		}
	}
	return s, true
}

// entries splits an initializer into its elements, each into its fields.
func entries(text string) [][]string {
	var out [][]string
	depth, start := 0, 0
	var fields []string
	for i := range len(text) {
		switch text[i] {
		case '{', '(':
			if depth++; depth == 1 {
				start, fields = i+1, nil
			}
		case ',':
			if depth == 1 {
				fields = append(fields, strings.TrimSpace(text[start:i]))
				start = i + 1
			}
		case '}', ')':
			if depth--; depth == 0 {
				out = append(out, append(fields, strings.TrimSpace(text[start:i])))
			}
		}
	}
	return out
}
