package main

import (
	"fmt"
	"io/fs"
)

// docs are the rows of directive-docs.tsv by "name module"; the module is empty
// where the row is about every module that has the name.
type docs struct {
	byKey map[string]*row
	used  map[*row]bool
}

func readDocs(data fs.FS) (*docs, error) {
	t, err := readTable(data, "directive-docs.tsv")
	if err != nil {
		return nil, err
	}
	d := &docs{map[string]*row{}, map[*row]bool{}}
	for _, r := range t.rows {
		key := r.get("name") + " " + r.get("module")
		if d.byKey[key] != nil {
			return nil, r.wrap(fmt.Errorf("%s is described twice", key))
		}
		d.byKey[key] = r
	}
	return d, nil
}

// of is what describes a row of directives.tsv, or nil.
func (d *docs) of(r *row) *row {
	for _, key := range []string{r.get("name") + " " + r.get("module"), r.get("name") + " "} {
		if doc := d.byKey[key]; doc != nil {
			d.used[doc] = true
			return doc
		}
	}
	return nil
}

// unused is an error for a description that describes nothing.
func (d *docs) unused() error {
	for key, r := range d.byKey {
		if !d.used[r] {
			return r.wrap(fmt.Errorf("no such directive: %s", key))
		}
	}
	return nil
}

// said is a column of a row that may be nil, as a Go string.
func said(r *row, col string) string {
	if r == nil {
		return ""
	}
	return r.quoted(col)
}
