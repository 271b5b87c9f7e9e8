package main

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A param is one parameter that a directive takes behind its first arguments, as the
// code that reads the directive has it.
type param struct {
	name, module string // of the directive
	// param is a word ("reuseport"), or what stands in front of a value ("backlog=").
	param string
	// value is how the value is read: a word of slotKinds, "num 1-", "words on|off", or
	// "any" where nothing is claimed.
	value string
	// after is how many arguments come before the parameters.
	after int
}

var (
	functionOf = regexp.MustCompile(`(?ms)^(ngx_\w+)\([^;{]*?\)\n\{\n(.*?)^\}`)
	loopOf     = regexp.MustCompile(`for \((\w+) = (\d+); \w+ < cf->args->nelts; \w+\+\+\) \{`)
	testOf     = regexp.MustCompile(`ngx_str(n?)cmp\(\s*(\w+)\[(\w+)\]\.data,\s*"([^"]*)"(?:,\s*(\d+))?\s*\)\s*==\s*0`)
	inWords    = regexp.MustCompile(`ngx_strcmp\(\s*&(\w+)\[(\w+)\]\.data\[\d+\],\s*"([^"]+)"\)\s*==\s*0|ngx_strcmp\(\w+\.data,\s*"([^"]+)"\)\s*==\s*0`)
	notZero    = regexp.MustCompile(`== (?:\(\w+\) )?NGX_ERROR\s*\|\| [\w.>-]+ == 0\b|<= 0\b`)
	refusal    = regexp.MustCompile(`"invalid parameter \\"%V\\""|"the invalid \\"%V\\" parameter"|"invalid \\"\w+\\" parameter \\"%V\\""`)
	jumpOf     = regexp.MustCompile(`goto (\w+);`)
	timeOf     = regexp.MustCompile(`ngx_parse_time\([^;]*, ([01])\)`)
)

// functionsOf are the bodies of the functions of a file, by name.
func functionsOf(text string) map[string]string {
	out := map[string]string{}
	for _, f := range functionOf.FindAllStringSubmatch(text, -1) {
		out[f[1]] = f[2]
	}
	return out
}

// paramsOf reads the parameters that a function takes: it goes through the arguments
// behind the first ones, compares each with what it knows, and refuses every other.
// ok is false for a function that does it in another way, of which nothing is claimed.
func paramsOf(body string) (all []param, ok bool) {
	at := loopOf.FindStringSubmatchIndex(body)
	if at == nil {
		return nil, false
	}
	index := body[at[2]:at[3]]
	after, _ := strconv.Atoi(body[at[4]:at[5]])
	loop := block(body[at[1]:])
	tests := slices.DeleteFunc(testOf.FindAllStringSubmatchIndex(loop, -1), func(t []int) bool { return loop[t[6]:t[7]] != index })
	if len(tests) == 0 {
		return nil, false
	}
	if !refusal.MatchString(refusing(body, topLevel(loop))) {
		return nil, false
	}
	for i, t := range tests {
		word := loop[t[8]:t[9]]
		p := param{param: word, value: "-", after: after - 1}
		if t[3] > t[2] { // strncmp: what stands in front of a value
			if n := loop[t[10]:t[11]]; n != strconv.Itoa(len(word)) {
				return nil, false
			}
			end := len(loop)
			if i+1 < len(tests) {
				end = tests[i+1][0]
			}
			name, begun, assigns := strings.Cut(word, "=")
			switch p.value = readerOf(loop[t[1]:end]); {
			case !assigns: // a word, alone or with a value
				p.value = "any"
				all = append(all, param{param: word, value: "-", after: after - 1})
				p.param += "="
			case begun != "": // "ipv6only=o", then "n" or "ff"
				p.param = name + "="
				if words, ok := strings.CutPrefix(p.value, "words "); ok {
					p.value = "words " + begun + strings.ReplaceAll(words, "|", "|"+begun)
				} else {
					p.value = "any"
				}
			}
		}
		if !slices.ContainsFunc(all, func(q param) bool { return q.param == p.param }) {
			all = append(all, p)
		}
	}
	return all, true
}

// refusing is what the code at the end of a loop does, with what stands behind the label
// to which it jumps.
func refusing(body, end string) string {
	if to := jumpOf.FindStringSubmatch(end); to != nil {
		if _, behind, ok := strings.Cut(body, "\n"+to[1]+":\n"); ok {
			end += behind
		}
	}
	return end
}

// block is the text up to the brace that closes it.
func block(text string) string {
	depth := 1
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[:i]
			}
		}
	}
	return text
}

// topLevel is the text without what stands in braces.
func topLevel(text string) string {
	var b strings.Builder
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			depth--
		default:
			if depth == 0 {
				b.WriteByte(text[i])
			}
		}
	}
	return b.String()
}

// readerOf says how the value of a parameter is read by the code behind its test: what
// reads it with one of the core's readers, and in no other way.
func readerOf(text string) string {
	readers := 0
	value := "any"
	for _, r := range []struct{ call, kind string }{
		{"ngx_atoi(", "num"},
		{"ngx_parse_size(", "size"},
		{"ngx_parse_offset(", "off"},
		{"ngx_parse_time(", "time"},
		{"ngx_atofp(", ""},
		{"ngx_strchr(", ""},
		{"ngx_strlchr(", ""},
		{"ngx_parse_url(", ""},
		{"ngx_http_compile_complex_value", ""},
		{"ngx_strcasecmp(", ""},
		{"ngx_strncmp(", ""},
	} {
		if n := strings.Count(text, r.call); n > 0 {
			readers += n
			value = r.kind
		}
	}
	if readers > 1 || value == "" {
		return "any"
	}
	words := []string{}
	for _, w := range inWords.FindAllStringSubmatch(text, -1) {
		words = append(words, w[3]+w[4])
	}
	switch {
	case value == "time" && len(words) == 0:
		t := timeOf.FindStringSubmatch(text)
		if t == nil {
			return "any"
		}
		return map[string]string{"0": "msec", "1": "sec"}[t[1]]
	case value == "any" && len(words) > 1:
		slices.Sort(words)
		return "words " + strings.Join(slices.Compact(words), "|")
	case len(words) > 0 || value == "any":
		return "any"
	case value == "num" && notZero.MatchString(text):
		return "num 1-"
	case notZero.MatchString(text):
		return value + " 1-"
	}
	return value
}

const paramFile = "directive-params.tsv"

// mergeParams adds the parameters of a checkout to the table of them. read are the
// releases that were read before, oldest first: what is new came after the last of them,
// what is gone went after it. Rows that are kept by hand hold for what they say, and a
// parameter with such rows is not read.
func mergeParams(data fs.FS, c *checkout, read []string) (text string, news []string, err error) {
	t, err := readTable(data, paramFile)
	if err != nil {
		return "", nil, err
	}
	col := t.cols
	rows := [][]string{}
	for _, r := range t.rows {
		rows = append(rows, slices.Clone(r.values))
	}
	since := "<=" + c.release
	if len(read) > 0 {
		since = next(read[len(read)-1]) + ".." + c.release
	}
	lists := map[string]bool{}
	seen := map[string]bool{}
	for _, p := range c.params {
		lists[p.name+" "+p.module] = true
		seen[p.name+" "+p.module+" "+p.param+" "+p.value] = true
		of := func(r []string) bool { return r[0] == p.name && r[1] == p.module && r[col["param"]] == p.param }
		open := func(r []string) bool { return of(r) && r[col["before"]] == "-" && r[col["value"]] == p.value }
		kept := func(r []string) bool { return of(r) && r[col["by"]] == "kept" }
		if slices.ContainsFunc(rows, kept) || slices.ContainsFunc(rows, open) {
			continue
		}
		from := since
		if !slices.ContainsFunc(rows, func(r []string) bool { return r[0] == p.name && r[1] == p.module }) {
			from = "<=" + c.release // the directive is new here, or was not understood before
		}
		rows = append(rows, []string{p.name, p.module, strconv.Itoa(p.after), p.param, p.value, from, "-", "read"})
		news = append(news, strings.TrimSpace(p.name+" ("+p.module+"): "+p.param+" "+p.value))
	}
	for _, r := range rows {
		if r[col["by"]] == "read" && r[col["before"]] == "-" && lists[r[0]+" "+r[1]] && !seen[r[0]+" "+r[1]+" "+r[col["param"]]+" "+r[col["value"]]] {
			r[col["before"]] = strings.TrimPrefix(since, "<=")
			news = append(news, r[0]+" ("+r[1]+"): gone: "+r[col["param"]]+" "+r[col["value"]])
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int {
		return strings.Compare(a[0]+" "+a[1]+" "+a[col["param"]], b[0]+" "+b[1]+" "+b[col["param"]])
	})
	return head(t.text) + lines(rows), news, nil
}

// next is the release behind another.
func next(release string) string {
	at := strings.LastIndexByte(release, '.')
	n, _ := strconv.Atoi(release[at+1:])
	return release[:at+1] + strconv.Itoa(n+1)
}

// writeParameters writes the table of parameters.
func writeParameters(w *writer, data fs.FS, _ *table) error {
	t, err := readTable(data, paramFile)
	if err != nil {
		return err
	}
	texts, err := readTable(data, "directive-param-docs.tsv")
	if err != nil {
		return err
	}
	docs := map[string]*row{}
	for _, r := range texts.rows {
		docs[r.get("name")+" "+r.get("module")+" "+r.get("param")] = r
	}
	used := map[*row]bool{}
	w.line("var parameters = []Parameter{")
	for _, r := range t.rows {
		earliest, certain := bounds(r.get("since"))
		leaves, gone := bounds(r.get("before"))
		may, err := span(earliest, gone)
		if err != nil {
			return r.wrap(err)
		}
		sure, err := span(certain, leaves)
		if err != nil {
			return r.wrap(err)
		}
		if _, err := strconv.Atoi(r.get("after")); err != nil {
			return r.wrap(err)
		}
		kind, words, limit, err := parameterValue(r.get("value"))
		if err != nil {
			return r.wrap(err)
		}
		doc := docs[r.get("name")+" "+r.get("module")+" "+r.get("param")]
		if doc == nil {
			doc = docs[r.get("name")+"  "+r.get("param")]
		}
		initial := ""
		if doc != nil {
			used[doc] = true
			initial = doc.quoted("default")
		}
		w.fields("Directive", r.quoted("name"), "Module", r.quoted("module"), "Name", r.quoted("param"), "After", r.get("after"),
			"Other", strconv.FormatBool(r.get("by") == "other"), "Kind", kind, "Words", words, "Limit", limit, "May", may, "Sure", sure,
			"Doc", said(doc, "doc"), "Unit", said(doc, "unit"), "Default", initial)
	}
	w.line("}")
	for _, r := range texts.rows {
		if !used[r] {
			return r.wrap(fmt.Errorf("no such parameter: %s %s", r.get("name"), r.get("param")))
		}
	}
	return nil
}

// parameterValue is how the value of a parameter is read, as Go source.
func parameterValue(value string) (kind, words, limit string, err error) {
	name, rest, _ := strings.Cut(value, " ")
	switch name {
	case "", "any":
		return "", "", "", nil
	case "words":
		return "SlotOne", fmt.Sprintf("%#v", strings.Split(rest, "|")), "", nil
	}
	kind = map[string]string{
		"num": "SlotNumber", "size": "SlotSize", "off": "SlotOffset", "msec": "SlotMilliseconds", "sec": "SlotSeconds",
		"so_keepalive": "SlotProbes",
	}[name]
	if kind == "" {
		return "", "", "", fmt.Errorf("unknown value %q", value)
	}
	if rest != "" {
		limit, err = numberLimit(rest)
	}
	return kind, "", limit, err
}
