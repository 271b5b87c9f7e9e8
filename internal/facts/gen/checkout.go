package main

import (
	"fmt"
	"io/fs"
	"maps"
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

// A command is one line of a command table, as data/directives.tsv writes it.
type command struct {
	slot

	contexts string // names, with commas between them
	args     string // "flag", "1-2", "1+"
	block    bool
	initial  string // the default, where the code that merges levels has a plain one; "-" if not
	source   string // path below src/ and line
}

// A checkout is what was read of the source of nginx or of a relative.
type checkout struct {
	product  string // as in data/newest.tsv
	release  string // of the product
	base     string // the release of nginx that it says it stands on
	commands []command
	params   []param
}

// slots are those of all commands.
func (c *checkout) slots() []slot {
	out := make([]slot, len(c.commands))
	for i := range c.commands {
		out[i] = c.commands[i].slot
	}
	return out
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
	commandsOf = regexp.MustCompile(`(?s)ngx_command_t\s+(\w+)\[\]\s*=\s*\{(.*?)\n\};`)
	moduleOf   = regexp.MustCompile(`(?s)ngx_module_t\s+(\w+)\s*=\s*\{\s*NGX_MODULE_V1,\s*&?\w+,\s*(\w+),`)
	boundsOf   = regexp.MustCompile(`(?s)ngx_conf_num_bounds_t\s+(\w+)\s*=\s*\{\s*ngx_conf_check_num_bounds,\s*([-\w]+),\s*([-\w]+)`)
	wordsOf    = regexp.MustCompile(`(?s)ngx_conf_(?:enum|bitmask)_t\s+(\w+)\[\]\s*=\s*\{(.*?)\n\};`)
	commandAt  = regexp.MustCompile(`^\s*\{ ngx_string\("(\w+)"\),`)
	wordOf     = regexp.MustCompile(`ngx_string\("([^"]*)"\)`)
)

// A sourceFile is one file of C, without comments and without lines of the preprocessor.
type sourceFile struct {
	name, text string
	// lines are where each command stands.
	lines map[string]int
}

// readCheckout reads every command table in a checkout of nginx or a relative, and the
// release that its headers say it is.
func readCheckout(src fs.FS) (*checkout, error) {
	c, err := releaseOfCheckout(src)
	if err != nil {
		return nil, err
	}
	var files []sourceFile
	bounds, words := map[string]string{}, map[string]string{}
	functions := map[string]string{}
	err = fs.WalkDir(src, "src", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".c") {
			return err
		}
		text, err := fs.ReadFile(src, name)
		if err != nil {
			return err
		}
		f := sourceFile{name, bare(string(text)), linesOf(string(text))}
		files = append(files, f)
		for _, b := range boundsOf.FindAllStringSubmatch(f.text, -1) {
			bounds[name+b[1]], bounds[b[1]] = limits(b[2], b[3]), limits(b[2], b[3])
		}
		for _, w := range wordsOf.FindAllStringSubmatch(f.text, -1) {
			var all []string
			for _, one := range wordOf.FindAllStringSubmatch(w[2], -1) {
				all = append(all, one[1])
			}
			slices.Sort(all)
			list := strings.Join(slices.Compact(all), "|")
			words[name+w[1]], words[w[1]] = list, list
		}
		maps.Copy(functions, functionsOf(f.text))
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		c.read(f, bounds, words, functions)
	}
	slices.SortFunc(c.commands, func(a, b command) int {
		return strings.Compare(a.name+" "+a.module, b.name+" "+b.module)
	})
	return c, nil
}

// bare is a text without comments and without lines of the preprocessor.
func bare(text string) string {
	return cpp.ReplaceAllLiteralString(comments.ReplaceAllLiteralString(text, ""), "")
}

// linesOf are the lines of a file on which a command begins, by its name.
func linesOf(text string) map[string]int {
	out := map[string]int{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if at := commandAt.FindStringSubmatch(line); at != nil {
			out[at[1]] = n
		}
	}
	return out
}

// read adds the commands of one file.
func (c *checkout) read(f sourceFile, bounds, words, functions map[string]string) {
	modules := map[string]string{}
	for _, m := range moduleOf.FindAllStringSubmatch(f.text, -1) {
		modules[m[2]] = m[1]
	}
	initial := defaultsIn(f.text)
	for _, t := range commandsOf.FindAllStringSubmatch(f.text, -1) {
		for _, e := range entries(t[2]) {
			s, ok := slotOf(e, f.name, bounds, words)
			if !ok || modules[t[1]] == "" {
				continue
			}
			s.module = modules[t[1]]
			cmd := command{slot: s, source: fmt.Sprintf("%s:%d", strings.TrimPrefix(f.name, "src/"), f.lines[s.name])}
			cmd.flags(e[1])
			cmd.initial = initialOf(initial, e[4], cmd)
			c.commands = append(c.commands, cmd)
			if all, ok := paramsOf(functions[e[2]]); ok {
				for _, p := range all {
					p.name, p.module = s.name, s.module
					c.params = append(c.params, p)
				}
			}
		}
	}
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
