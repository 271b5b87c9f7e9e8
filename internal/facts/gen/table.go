package main

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// table is a file of tab-separated values: comment lines with "#", a line of
// column names, and rows.
type table struct {
	text []byte // all of it, as it is written
	file string
	cols map[string]int
	rows []*row
}

type row struct {
	*table
	line   int
	values []string
}

// readTable reads a table; every row must have as many values as there are columns.
func readTable(data fs.FS, file string) (*table, error) {
	text, err := fs.ReadFile(data, file)
	if err != nil {
		return nil, err
	}
	t := &table{file: file, text: text}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		values := strings.Split(line, "\t")
		if t.cols == nil {
			t.cols = map[string]int{}
			for j, name := range values {
				t.cols[name] = j
			}
			continue
		}
		if len(values) != len(t.cols) {
			return nil, fmt.Errorf("%s:%d: %d values for %d columns", file, i+1, len(values), len(t.cols))
		}
		t.rows = append(t.rows, &row{t, i + 1, values})
	}
	return t, nil
}

// get is the value of a column; "-" stands for none and comes back as "".
func (r *row) get(col string) string {
	if v := r.values[r.cols[col]]; v != "-" {
		return v
	}
	return ""
}

// quoted is the value as a Go string.
func (r *row) quoted(col string) string { return strconv.Quote(r.get(col)) }

// wrap says where an error is.
func (r *row) wrap(err error) error { return fmt.Errorf("%s:%d: %w", r.file, r.line, err) }

// version is Go source for a version such as "1.29.7" or "5.4"; "" for none.
func version(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	n := [3]int{}
	parts := strings.Split(s, ".")
	if len(parts) > len(n) {
		return "", fmt.Errorf("%q is not a version", s)
	}
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil {
			return "", fmt.Errorf("%q is not a version", s)
		}
		n[i] = v
	}
	return fmt.Sprintf("Version{%d, %d, %d}", n[0], n[1], n[2]), nil
}

// span is Go source for the range from one version to before another; "" for all.
func span(from, before string) (string, error) {
	f, err := version(from)
	if err != nil {
		return "", err
	}
	b, err := version(before)
	if err != nil {
		return "", err
	}
	var parts []string
	if f != "" {
		parts = append(parts, "From: "+f)
	}
	if b != "" {
		parts = append(parts, "Before: "+b)
	}
	if parts == nil {
		return "", nil
	}
	return "Range{" + strings.Join(parts, ", ") + "}", nil
}

// bounds splits "4.12", "5.12..5.14" or "<=2.6.18" into the earliest and the
// certain version; "" where there is none.
func bounds(s string) (earliest, certain string) {
	if strings.HasPrefix(s, "<=") {
		return "", ""
	}
	if a, b, ok := strings.Cut(s, ".."); ok {
		return a, b
	}
	return s, s
}

// older compares two versions as the data writes them.
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		x, y := 0, 0
		if i < len(as) {
			x, _ = strconv.Atoi(as[i])
		}
		if i < len(bs) {
			y, _ = strconv.Atoi(bs[i])
		}
		if x != y {
			return x < y
		}
	}
	return false
}

// defaultsOf collects the "from before default" rows of a table by key, as Go
// source for a []Default.
func defaultsOf(t *table, key func(*row) string) (map[string]string, error) {
	out := map[string]string{}
	for _, r := range t.rows {
		in, err := span(r.get("from"), r.get("before"))
		if err != nil {
			return nil, r.wrap(err)
		}
		fields := "Text: " + r.quoted("default")
		if in != "" {
			fields = "In: " + in + ", " + fields
		}
		if _, ok := t.cols["source"]; ok && r.get("source") != "" {
			fields += ", Ref: " + r.quoted("source")
		}
		out[key(r)] += "{" + fields + "}, "
	}
	for k, v := range out {
		out[k] = "[]Default{" + strings.TrimSuffix(v, ", ") + "}"
	}
	return out, nil
}
