package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

const slotFile = "directive-slots.tsv"

// mergeSlots adds what a checkout says to the table of slots: a row that says the same
// is taken to hold up to that release, or from it on; another row is added where it
// says something else. It returns the new text of the table and what is new, for
// people. Rows that the checkout lacks, and directives with rows that are kept by hand,
// are left alone.
func mergeSlots(data fs.FS, release string, slots []slot) (text string, news []string, err error) {
	t, err := readTable(data, slotFile)
	if err != nil {
		return "", nil, err
	}
	rows := [][]string{}
	for _, r := range t.rows {
		rows = append(rows, slices.Clone(r.values))
	}
	for _, s := range slots {
		if slices.ContainsFunc(rows, func(r []string) bool { return r[0] == s.name && r[1] == s.module && r[6] == "kept" }) {
			continue
		}
		i := slices.IndexFunc(rows, func(r []string) bool {
			return r[0] == s.name && r[1] == s.module && r[2] == s.kind && r[3] == s.values
		})
		if i < 0 {
			rows = append(rows, []string{s.name, s.module, s.kind, s.values, release, release, "read"})
			news = append(news, fmt.Sprintf("%s (%s): %s %s", s.name, s.module, s.kind, s.values))
			continue
		}
		if older(release, rows[i][4]) {
			rows[i][4] = release
		}
		if older(rows[i][5], release) {
			rows[i][5] = release
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int {
		if c := strings.Compare(a[0]+" "+a[1], b[0]+" "+b[1]); c != 0 {
			return c
		}
		switch {
		case older(a[4], b[4]):
			return -1
		case older(b[4], a[4]):
			return 1
		}
		return 0
	})
	return head(t.text) + lines(rows), news, nil
}

// writeSlots writes the table of slots.
func writeSlots(w *writer, data fs.FS, _ *table) error {
	t, err := readTable(data, slotFile)
	if err != nil {
		return err
	}
	kinds := map[string]string{
		"num": "SlotNumber", "size": "SlotSize", "off": "SlotOffset", "msec": "SlotMilliseconds", "sec": "SlotSeconds",
		"keepalive": "SlotKeepalive", "other": "SlotOther", "enum": "SlotOne", "words": "SlotWords", "bufs": "SlotBuffers", "size-or-variable": "SlotSizeOrVariable",
	}
	claimed := map[string]bool{}
	for _, r := range t.rows {
		if r.get("slot") != "other" {
			claimed[r.get("name")+" "+r.get("module")] = true
		}
	}
	w.line("var slots = []Slot{")
	for _, r := range t.rows {
		if !claimed[r.get("name")+" "+r.get("module")] {
			continue
		}
		kind := kinds[r.get("slot")]
		if kind == "" {
			return r.wrap(fmt.Errorf("unknown slot %q", r.get("slot")))
		}
		first, err := version(r.get("first"))
		if err != nil {
			return r.wrap(err)
		}
		last, err := version(r.get("last"))
		if err != nil {
			return r.wrap(err)
		}
		var words, limit string
		switch v := r.get("values"); {
		case v == "" && (kind == "SlotOne" || kind == "SlotWords"):
			return r.wrap(errors.New("a list of words without words"))
		case v == "":
		case r.get("slot") == "num":
			if limit, err = numberLimit(v); err != nil {
				return r.wrap(err)
			}
		default:
			words = fmt.Sprintf("%#v", strings.Split(v, "|"))
		}
		w.fields("Name", r.quoted("name"), "Module", r.quoted("module"), "Kind", kind, "Words", words, "Limit", limit, "First", first, "Last", last)
	}
	w.line("}")
	return nil
}

// numberLimit is Go source for limits such as "1-64" or "1-".
func numberLimit(v string) (string, error) {
	lo, hi, ok := strings.Cut(v, "-")
	if !ok {
		return "", fmt.Errorf("%q are no limits", v)
	}
	limit := "Limit{Min: Bound{true, " + lo + "}"
	if hi != "" {
		limit += ", Max: Bound{true, " + hi + "}"
	}
	return limit + "}", nil
}
