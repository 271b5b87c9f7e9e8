package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

const checkoutFile = "checkouts.tsv"

// readRelease reads a checkout of whatever it is, and returns the files of the folder
// data that change and what is to be said of it.
func readRelease(src, data fs.FS) (files map[string]string, news []string, err error) {
	switch {
	case isLinux(src):
		return readLinux(src, data)
	case isBundle(src):
		return readBundle(src, data)
	}
	c, err := readCheckout(src)
	if err != nil {
		return nil, nil, err
	}
	if c.product != "nginx" {
		return readRelative(c, data)
	}
	return readNginx(c, data)
}

// readNginx adds a release of nginx itself.
func readNginx(c *checkout, data fs.FS) (files map[string]string, news []string, err error) {
	newest, err := newestOf(data, "nginx")
	if err != nil {
		return nil, nil, err
	}
	read, err := checkoutsOf(data, "nginx")
	if err != nil {
		return nil, nil, err
	}
	if len(read) > 0 && older(c.release, read[len(read)-1]) {
		return nil, nil, fmt.Errorf("nginx %s was read already: releases are read oldest first", read[len(read)-1])
	}
	files = map[string]string{}
	slotText, slotNews, err := mergeSlots(data, c.release, c.slots())
	if err != nil {
		return nil, nil, err
	}
	directiveText, directiveNews, err := mergeDirectives(data, c, newest)
	if err != nil {
		return nil, nil, err
	}
	paramText, paramNews, err := mergeParams(data, c, read)
	if err != nil {
		return nil, nil, err
	}
	files[slotFile], files[directiveFile], files[paramFile] = slotText, directiveText, paramText
	if older(newest, c.release) {
		if files[newestFile], err = setNewest(data, "nginx", c.release); err != nil {
			return nil, nil, err
		}
	}
	if !slices.Contains(read, c.release) {
		if files[checkoutFile], err = addRow(data, checkoutFile, "nginx", c.release); err != nil {
			return nil, nil, err
		}
	}
	title := "directives"
	if !older(newest, c.release) {
		title = "directives, of which the table knew; where the two differ"
	}
	news = append(news, fmt.Sprintf("nginx %s: %d commands, %d parameters", c.release, len(c.commands), len(c.params)))
	news = append(news, section(title, directiveNews)...)
	news = append(news, section("values", slotNews)...)
	return files, append(news, section("parameters", paramNews)...), nil
}

// section is a headed list.
func section(title string, items []string) []string {
	if len(items) == 0 {
		return []string{title + ": nothing new"}
	}
	out := []string{fmt.Sprintf("%s: %d new", title, len(items))}
	for _, i := range items {
		out = append(out, "  "+i)
	}
	return out
}

// readRelative compares a relative of nginx with the release of nginx on which it
// stands, and adds the names that only others have.
func readRelative(c *checkout, data fs.FS) (files map[string]string, news []string, err error) {
	t, err := readTable(data, directiveFile)
	if err != nil {
		return nil, nil, err
	}
	own := map[string]bool{}
	for _, r := range t.rows {
		own[r.get("name")] = true
	}
	var names []string
	for _, cmd := range c.commands {
		if !own[cmd.name] {
			names = append(names, cmd.name)
		}
	}
	text, added, err := addNames(data, names)
	if err != nil {
		return nil, nil, err
	}
	as := *c
	as.release = c.base
	_, differs, err := mergeDirectives(data, &as, c.base)
	if err != nil {
		return nil, nil, err
	}
	news = append(news, fmt.Sprintf("%s %s on nginx %s: %d commands", c.product, c.release, c.base, len(c.commands)))
	news = append(news, section("names that nginx does not have", added)...)
	news = append(news, section("otherwise than nginx "+c.base+" (internal/facts/flavour.go)", differs)...)
	return map[string]string{otherFile: text}, news, nil
}

// isBundle reports whether a folder is an unpacked archive of OpenResty.
func isBundle(src fs.FS) bool {
	found, err := fs.Glob(src, "bundle/nginx-*/src/core/nginx.h")
	return err == nil && len(found) > 0
}

// readBundle reads the modules beside the nginx of OpenResty: their names are added.
// The nginx inside is nginx's own with patches, and is compared.
func readBundle(src, data fs.FS) (files map[string]string, news []string, err error) {
	found, err := fs.Glob(src, "bundle/nginx-*/src/core/nginx.h")
	if err != nil {
		return nil, nil, err
	}
	dir := strings.TrimSuffix(found[0], "/src/core/nginx.h")
	inside, err := fs.Sub(src, dir)
	if err != nil {
		return nil, nil, err
	}
	c, err := readCheckout(inside)
	if err != nil {
		return nil, nil, err
	}
	c.product = "openresty"
	err = fs.WalkDir(src, "bundle", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".c") || strings.HasPrefix(name, dir+"/") {
			return err
		}
		text, err := fs.ReadFile(src, name)
		if err != nil {
			return err
		}
		for _, t := range commandsOf.FindAllStringSubmatch(bare(string(text)), -1) {
			for _, e := range entries(t[2]) {
				if at := wordOf.FindStringSubmatch(e[0]); at != nil {
					c.commands = append(c.commands, command{slot: slot{name: at[1], module: "bundled"}})
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return readRelative(c, data)
}

const otherFile = "other-directives.txt"

// addNames adds names to the list of those that only others have, and returns those
// that were not there.
func addNames(data fs.FS, names []string) (text string, added []string, err error) {
	old, err := fs.ReadFile(data, otherFile)
	if err != nil {
		return "", nil, err
	}
	var comments, all []string
	for line := range strings.Lines(string(old)) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "#") {
			comments = append(comments, line)
		} else {
			all = append(all, line)
		}
	}
	for _, n := range names {
		if !slices.Contains(all, n) {
			all, added = append(all, n), append(added, n)
		}
	}
	slices.Sort(all)
	return strings.Join(append(comments, all...), "\n") + "\n", added, nil
}

const newestFile = "newest.tsv"

// newestOf is the newest release of a product that the tables know.
func newestOf(data fs.FS, product string) (string, error) {
	t, err := readTable(data, newestFile)
	if err != nil {
		return "", err
	}
	for _, r := range t.rows {
		if r.get("product") == product {
			return r.get("version"), nil
		}
	}
	return "", errors.New(newestFile + ": no row for " + product)
}

// setNewest is the table with another newest release.
func setNewest(data fs.FS, product, release string) (string, error) {
	old, err := newestOf(data, product)
	if err != nil {
		return "", err
	}
	text, err := fs.ReadFile(data, newestFile)
	return strings.ReplaceAll(string(text), product+"\t"+old+"\n", product+"\t"+release+"\n"), err
}

// checkoutsOf are the releases of a product whose source was read, oldest first.
func checkoutsOf(data fs.FS, product string) ([]string, error) {
	t, err := readTable(data, checkoutFile)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range t.rows {
		if r.get("product") == product {
			out = append(out, r.get("release"))
		}
	}
	return out, nil
}

// addRow is a table with one more row.
func addRow(data fs.FS, file string, values ...string) (string, error) {
	old, err := fs.ReadFile(data, file)
	return string(old) + strings.Join(values, "\t") + "\n", err
}
