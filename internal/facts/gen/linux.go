package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A kernelKey is one line of a table of sysctls.
type kernelKey struct {
	key, handler, mode string
	min, max           string // as data/params.tsv writes them
	source             string // path and line
}

var (
	kernelVersion = regexp.MustCompile(`(?m)^(VERSION|PATCHLEVEL|SUBLEVEL)\s*=\s*(\d+)`)
	kernelTable   = regexp.MustCompile(`(?s)struct ctl_table\s+(\w+)\[\w*\]\s*=\s*\{(.*?)\n\};`)
	kernelField   = regexp.MustCompile(`\.(procname|mode|proc_handler|extra1|extra2)\s*=\s*([^,\n}]+)`)
	kernelEntered = regexp.MustCompile(`register_(?:net_)?sysctl(?:_init|_sz)?\(\s*(?:[\w.&>-]+,\s*)?"([^"]+)",\s*(\w+)`)
	kernelCopied  = regexp.MustCompile(`(\w+)\s*=\s*(?:kmemdup\()?(\w+)[,;]`)
	kernelNumber  = regexp.MustCompile(`(?m)^(?:static\s+)?(?:const\s+)?(?:unsigned\s+)?(?:int|long|u8|u32)(?:\s+(?:int|long))?\s+(\w+)\s*(?:__read_mostly)?\s*=\s*(-?\d+)\s*;`)
)

// kernelLimits are the limits that include/linux/sysctl.h names.
var kernelLimits = map[string]string{
	"SYSCTL_ZERO": "0", "SYSCTL_ONE": "1", "SYSCTL_TWO": "2", "SYSCTL_THREE": "3", "SYSCTL_FOUR": "4", "SYSCTL_ONE_HUNDRED": "100",
	"SYSCTL_TWO_HUNDRED": "200", "SYSCTL_ONE_THOUSAND": "1000", "SYSCTL_THREE_THOUSAND": "3000", "SYSCTL_INT_MAX": "2147483647",
	"SYSCTL_MAXOLDUID": "65535", "SYSCTL_NEG_ONE": "-1", "SYSCTL_LONG_ZERO": "0", "SYSCTL_LONG_ONE": "1", "SYSCTL_LONG_MAX": "9223372036854775807",
}

func isLinux(src fs.FS) bool {
	text, err := fs.ReadFile(src, "Makefile")
	return err == nil && len(kernelVersion.FindAll(text, -1)) == 3
}

// readKernel reads the tables of sysctls of a kernel's source: those that a file registers
// under a fixed path. tables are the files that have some.
func readKernel(src fs.FS) (release string, keys []kernelKey, files map[string]bool, err error) {
	makefile, err := fs.ReadFile(src, "Makefile")
	if err != nil {
		return "", nil, nil, err
	}
	var parts []string
	for _, m := range kernelVersion.FindAllStringSubmatch(string(makefile), -1) {
		parts = append(parts, m[2])
	}
	release = strings.TrimSuffix(strings.Join(parts, "."), ".0")
	files = map[string]bool{}
	for _, dir := range []string{"fs", "ipc", "kernel", "mm", "net"} {
		if _, err := fs.Stat(src, dir); err != nil {
			continue // a part of the source is enough
		}
		err := fs.WalkDir(src, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".c" {
				return err
			}
			text, err := fs.ReadFile(src, name)
			if err != nil || !strings.Contains(string(text), "struct ctl_table") {
				return err
			}
			if found := keysOf(name, string(text)); len(found) > 0 {
				keys, files[name] = append(keys, found...), true
			}
			return nil
		})
		if err != nil {
			return "", nil, nil, err
		}
	}
	if len(keys) == 0 {
		return "", nil, nil, errors.New("no table of sysctls: fs, ipc, kernel, mm and net are looked through")
	}
	slices.SortFunc(keys, func(a, b kernelKey) int { return strings.Compare(a.key, b.key) })
	return release, keys, files, nil
}

// keysOf are the keys of the tables of one file.
func keysOf(name, text string) []kernelKey {
	numbers := map[string]string{}
	for _, n := range kernelNumber.FindAllStringSubmatch(text, -1) {
		numbers[n[1]] = n[2]
	}
	under := map[string]string{} // the path of each table
	for _, r := range kernelEntered.FindAllStringSubmatchIndex(text, -1) {
		dir, table := text[r[2]:r[3]], text[r[4]:r[5]]
		under[table] = dir
		// A namespace gets a copy, in a variable of the same function.
		function := text[strings.LastIndex(text[:r[0]], "\n{\n")+1 : r[0]]
		for _, c := range kernelCopied.FindAllStringSubmatch(function, -1) {
			if c[1] == table {
				under[c[2]] = dir
			}
		}
	}
	var out []kernelKey
	for _, t := range kernelTable.FindAllStringSubmatchIndex(text, -1) {
		dir := under[text[t[2]:t[3]]]
		if dir == "" {
			continue
		}
		body := comments.ReplaceAllStringFunc(text[t[4]:t[5]], func(c string) string { return strings.Repeat("\n", strings.Count(c, "\n")) })
		at := 0
		for _, e := range strings.SplitAfter(body, "\n\t}") {
			k := kernelKey{min: "-", max: "-", mode: "rw"}
			line := 1 + strings.Count(text[:t[4]], "\n") + strings.Count(body[:at], "\n")
			for _, f := range kernelField.FindAllStringSubmatchIndex(e, -1) {
				value := strings.TrimSpace(e[f[4]:f[5]])
				switch e[f[2]:f[3]] {
				case "procname":
					k.key = strings.ReplaceAll(dir, "/", ".") + "." + strings.Trim(value, `"`)
					k.source = name + ":" + strconv.Itoa(line+strings.Count(e[:f[0]], "\n"))
				case "mode":
					if mode, err := strconv.ParseUint(value, 8, 32); err == nil && mode&0o200 == 0 {
						k.mode = "ro"
					}
				case "proc_handler":
					k.handler = strings.TrimPrefix(value, "&")
				case "extra1":
					k.min = kernelLimit(value, numbers)
				case "extra2":
					k.max = kernelLimit(value, numbers)
				}
			}
			at += len(e)
			if k.key != "" && k.handler != "" {
				out = append(out, k)
			}
		}
	}
	return out
}

// kernelLimit is a limit in the words of params.tsv; "?" is one that is computed.
func kernelLimit(value string, numbers map[string]string) string {
	value = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(value, "(void *)"), "&"))
	if n := kernelLimits[value]; n != "" {
		return n
	}
	if n := numbers[value]; n != "" {
		return n
	}
	return "?"
}

const kernelFile = "params.tsv"

// readLinux compares the tables of a kernel's source with the table of parameters. Of a
// kernel that is newer than the tables, new keys become rows; what they mean, their unit,
// default and scope are for people to fill in.
func readLinux(src, data fs.FS) (files map[string]string, news []string, err error) {
	release, keys, tables, err := readKernel(src)
	if err != nil {
		return nil, nil, err
	}
	newest, err := newestOf(data, "linux")
	if err != nil {
		return nil, nil, err
	}
	t, err := readTable(data, kernelFile)
	if err != nil {
		return nil, nil, err
	}
	adds := older(newest, release)
	byKey := map[string][]string{}
	var rows [][]string
	for _, r := range t.rows {
		row := slices.Clone(r.values)
		rows, byKey[row[0]] = append(rows, row), row
	}
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k.key] {
			continue
		}
		seen[k.key] = true
		row := byKey[k.key]
		if row == nil {
			news = append(news, fmt.Sprintf("%s: new, %s, %s to %s", k.key, k.handler, k.min, k.max))
			if adds {
				rows = append(rows, newKey(t.cols, k, next(newest)+".."+release, release))
			}
			continue
		}
		if what := changed(t.cols, row, k); what != "" && !older(release, verified) {
			news = append(news, k.key+": "+what)
		}
	}
	for _, row := range rows {
		_, source, _ := strings.Cut(row[t.cols["source"]], ":")
		source, _, _ = strings.Cut(source, ":")
		if !seen[row[0]] && tables[source] && inKernel(t.cols, row, release) && !strings.Contains(row[0], "*") {
			news = append(news, row[0]+": not in a table of "+source)
			if adds {
				row[t.cols["removed"]] = next(newest) + ".." + release
			}
		}
	}
	files = map[string]string{}
	if adds {
		slices.SortStableFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
		files[kernelFile] = head(t.text) + lines(rows)
		if files[newestFile], err = setNewest(data, "linux", release); err != nil {
			return nil, nil, err
		}
	}
	title := "keys"
	if !adds {
		title = "keys, of which the table knew; where the two differ"
	}
	return files, append([]string{fmt.Sprintf("Linux %s: %d keys in %d files", release, len(seen), len(tables))}, section(title, news)...), nil
}

// inKernel reports whether a row says that a kernel surely has the key.
func inKernel(cols map[string]int, row []string, release string) bool {
	_, since := bounds(row[cols["since"]])
	removed, _ := bounds(row[cols["removed"]])
	return !older(release, since) && (removed == "-" || older(release, removed))
}

// changed says how a kernel's table has a key otherwise than its row, which is that of
// the newest kernel.
func changed(cols map[string]int, row []string, k kernelKey) string {
	var what []string
	handler := row[cols["handler"]]
	for _, f := range []struct{ col, value, was string }{
		{"handler", k.handler, handler},
		{"min", orType(k.min, k.handler, 0), orType(row[cols["min"]], handler, 0)},
		{"max", orType(k.max, k.handler, 1), orType(row[cols["max"]], handler, 1)},
	} {
		if was := f.was; f.value != was && was != "?" && f.value != "?" {
			what = append(what, fmt.Sprintf("%s %s, the table has %s", f.col, f.value, was))
		}
	}
	return strings.Join(what, "; ")
}

// orType is a limit, or where a table has none that of the parser's type; "?" if that has
// none either.
func orType(limit, handler string, end int) string {
	if limit != "-" {
		return limit
	}
	if wide := typeBounds[handler][end]; wide != "" {
		return wide
	}
	return "?"
}

// newKey is a row for a key.
func newKey(cols map[string]int, k kernelKey, since, release string) []string {
	row := make([]string, len(cols))
	for i := range row {
		row[i] = "-"
	}
	kind := "int"
	if k.handler == "proc_dostring" {
		kind = "string"
	}
	for col, v := range map[string]string{
		"key": k.key, "kind": kind, "since": since, "min": k.min, "max": k.max, "handler": k.handler, "mode": k.mode,
		"source": release + ":" + k.source,
	} {
		row[cols[col]] = v
	}
	return row
}
