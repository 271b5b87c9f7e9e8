package main

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

var kinds = map[string]string{
	"int": "Int", "bool": "Bool", "enum": "Enum", "triple": "Triple", "pair": "Pair", "list": "List", "string": "String",
}

// verified is the kernel whose source the rows were read from: a limit of its
// table is not claimed for older ones.
const verified = "6.1"

func writeParams(w *writer, data fs.FS, newest *table) error {
	if err := w.newestVersion(newest, "linux", "NewestKernel"); err != nil {
		return err
	}
	tables := map[string]*table{}
	for _, name := range []string{"params", "param-defaults", "param-limits", "noop", "gone", "misspelt"} {
		t, err := readTable(data, name+".tsv")
		if err != nil {
			return err
		}
		tables[name] = t
	}
	key := func(r *row) string { return r.get("key") }
	defaults, err := defaultsOf(tables["param-defaults"], key)
	if err != nil {
		return err
	}
	limits, err := limitsOf(tables["param-limits"])
	if err != nil {
		return err
	}
	noop := map[string]*row{}
	for _, r := range tables["noop"].rows {
		noop[key(r)] = r
	}
	known := map[string]bool{}
	w.line("var params = []Param{")
	for _, r := range tables["params"].rows {
		known[key(r)] = true
		if err := writeParam(w, r, defaults[key(r)], limits[key(r)], noop[key(r)]); err != nil {
			return r.wrap(err)
		}
	}
	w.line("}\n")
	for _, name := range []string{"param-defaults", "param-limits", "noop"} {
		for _, r := range tables[name].rows {
			if !known[key(r)] {
				return r.wrap(fmt.Errorf("no such key: %s", key(r)))
			}
		}
	}
	if err := writeGone(w, tables["gone"]); err != nil {
		return err
	}
	w.line("var misspelt = []misspelling{")
	for _, r := range tables["misspelt"].rows {
		w.line("{" + r.quoted("wrong") + ", " + r.quoted("right") + "},")
	}
	w.line("}")
	return nil
}

func writeParam(w *writer, r *row, defaults, limits string, noop *row) error {
	kind := kinds[r.get("kind")]
	if kind == "" {
		return fmt.Errorf("unknown kind %q", r.get("kind"))
	}
	sinceEarliest, since := bounds(r.get("since"))
	removedEarliest, removed := bounds(r.get("removed"))
	if b := r.get("backport"); b != "" {
		sinceEarliest = b
	}
	in, err := span(sinceEarliest, removed)
	if err != nil {
		return err
	}
	sure, err := span(since, removedEarliest)
	if err != nil {
		return err
	}
	if defaults == "" && r.get("default") != "" {
		defaults = "[]Default{{Text: " + r.quoted("default") + "}}"
	}
	if limits == "" {
		limits, err = tableLimit(r, since)
		if err != nil {
			return err
		}
	}
	var noopSince, why, unless, instead string
	if noop != nil {
		if noopSince, err = version(noop.get("since")); err != nil {
			return noop.wrap(err)
		}
		why, unless, instead = noop.quoted("why"), noop.quoted("unless"), noop.quoted("instead")
	}
	ref, err := kernelRef(r.get("source"))
	if err != nil {
		return err
	}
	w.fields("Key", r.quoted("key"), "Kind", kind, "Unit", r.quoted("unit"), "Limits", limits, "Defaults", defaults,
		"In", in, "Sure", sure, "NoopSince", noopSince, "NoopUnless", unless, "Noop", why, "Instead", instead,
		"ReadOnly", strconv.FormatBool(r.get("mode") == "ro"),
		"Netns", strconv.FormatBool(r.get("scope") == "netns"), "HostOnly", strconv.FormatBool(r.get("scope") == "host"),
		"SafeSince", r.quoted("safe"), "Doc", r.quoted("doc"), "Ref", ref)
	return nil
}

// kernelRef turns "6.1:net/core/dev.c:12" into an address; 6.1 and 7.3 stand for
// the stable releases that were read. A name behind the file, in parentheses, is where it
// is in it, and has no address.
func kernelRef(s string) (string, error) {
	release, path, ok := strings.Cut(s, ":")
	tag := map[string]string{"6.1": "v6.1.192", "7.3": "v7.3.4"}[release]
	if tag == "" && strings.Count(release, ".") > 0 {
		tag = "v" + release // of a checkout
	}
	if !ok || tag == "" {
		return "", fmt.Errorf("unknown source %q", s)
	}
	path, _, _ = strings.Cut(path, " (")
	path, line, _ := strings.Cut(path, ":")
	url := "https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux.git/tree/" + path + "?h=" + tag
	if line != "" {
		url += "#n" + line
	}
	return strconv.Quote(url), nil
}

// typeBounds are the limits that come with a parser of values, whatever its table says.
var typeBounds = map[string][2]string{
	"proc_dointvec":          {"-2147483648", "2147483647"},
	"proc_dointvec_minmax":   {"-2147483648", "2147483647"},
	"devinet_conf_proc":      {"-2147483648", "2147483647"},
	"proc_douintvec":         {"0", "4294967295"},
	"proc_douintvec_minmax":  {"0", "4294967295"},
	"proc_dou8vec_minmax":    {"0", "255"},
	"proc_doulongvec_minmax": {"0", "ulong"},
	"proc_dointvec_jiffies":  {"-int/hz", "int/hz"},

	// These hand the value to proc_dointvec and look at it afterwards.
	"addrconf_sysctl_disable":                     {"-2147483648", "2147483647"},
	"addrconf_sysctl_disable_policy":              {"-2147483648", "2147483647"},
	"addrconf_sysctl_forward":                     {"-2147483648", "2147483647"},
	"addrconf_sysctl_ignore_routes_with_linkdown": {"-2147483648", "2147483647"},
	"addrconf_sysctl_proxy_ndp":                   {"-2147483648", "2147483647"},
	"brnf_sysctl_call_tables":                     {"-2147483648", "2147483647"},
	"devinet_sysctl_forward":                      {"-2147483648", "2147483647"},
}

// tableLimit is the limit that the kernel's table gives. What goes beyond the
// limits of the type was read in one kernel only, and is claimed from there on.
// So is all of proc_dou8vec_minmax, which took the place of parsers for int.
func tableLimit(r *row, since string) (string, error) {
	wide := typeBounds[r.get("handler")]
	// Where an end depends on the machine, that of the type still holds.
	lo, hi := r.get("min"), r.get("max")
	if lo == "" || lo == "?" && wide[0] != "" {
		lo = wide[0]
	}
	if hi == "" || hi == "?" && wide[1] != "" {
		hi = wide[1]
	}
	from := ""
	if ([2]string{lo, hi} != wide || r.get("handler") == "proc_dou8vec_minmax") && (since == "" || older(since, verified)) {
		from = verified
	}
	l, err := limit(from, "", lo, hi)
	if l == "" || err != nil {
		return "", err
	}
	return "[]Limit{" + l + "}", nil
}

// limitsOf collects the hand-kept limits by key.
func limitsOf(t *table) (map[string]string, error) {
	out := map[string]string{}
	for _, r := range t.rows {
		l, err := limit(r.get("from"), r.get("before"), r.get("min"), r.get("max"))
		if err != nil {
			return nil, r.wrap(err)
		}
		out[r.get("key")] += l + ", "
	}
	for k, v := range out {
		out[k] = "[]Limit{" + strings.TrimSuffix(v, ", ") + "}"
	}
	return out, nil
}

// limit is Go source for a Limit, "" where neither end is known.
func limit(from, before, lo, hi string) (string, error) {
	in, err := span(from, before)
	if err != nil {
		return "", err
	}
	var parts []string
	if in != "" {
		parts = append(parts, "In: "+in)
	}
	known := false
	for _, end := range []struct{ name, value string }{{"Min", lo}, {"Max", hi}} {
		switch end.value {
		case "", "?":
			continue
		case "ulong":
			end.value = "NoBound"
		case "int/hz": // the widest: a kernel of 100 Hz
			end.value = strconv.Itoa((1<<31 - 1) / 100)
		case "-int/hz":
			end.value = strconv.Itoa(-(1<<31 - 1) / 100)
		default:
			if _, err := strconv.ParseInt(end.value, 10, 64); err != nil {
				return "", fmt.Errorf("%s: %w", end.name, err)
			}
		}
		known = true
		parts = append(parts, end.name+": Bound{true, "+end.value+"}")
	}
	if !known {
		return "", nil
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

func writeGone(w *writer, t *table) error {
	w.line("var goneParams = []GoneParam{")
	for _, r := range t.rows {
		earliest, certain := bounds(r.get("removed"))
		e, err := version(earliest)
		if err != nil {
			return r.wrap(err)
		}
		c, err := version(certain)
		if err != nil {
			return r.wrap(err)
		}
		w.fields("Key", r.quoted("key"), "Removed", c, "RemovedEarliest", e, "Vendor", r.quoted("vendor"),
			"Detail", r.quoted("detail"), "Instead", r.quoted("instead"), "Evidence", r.quoted("evidence"))
	}
	w.line("}\n")
	return nil
}
