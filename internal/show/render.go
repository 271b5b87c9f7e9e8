package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// JSON writes hosts as an array.
func JSON(w io.Writer, hosts []*Host) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(hosts)
}

// Text writes hosts for people: a block for each location, its values in
// columns. Of several hosts, each has its first file as a title.
func Text(w io.Writer, hosts []*Host) error {
	var b bytes.Buffer
	for i, h := range hosts {
		if i > 0 {
			b.WriteString("\n")
		}
		if len(hosts) > 1 && len(h.Files) > 0 {
			fmt.Fprintf(&b, "== %s\n", clean(h.Files[0]))
		}
		h.text(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (h *Host) text(b *bytes.Buffer) {
	begun := len(h.Locations)+len(h.Upstreams)+len(h.Unseen) > 0
	if begun {
		fmt.Fprintf(b, "for %s", h.Nginx)
		if h.NginxFrom != "" {
			fmt.Fprintf(b, "  %s: image", clean(h.NginxFrom))
		}
		b.WriteString("\n")
	}
	for _, u := range h.Upstreams {
		fmt.Fprintf(b, "\nupstream %s  (%s)\n", clean(u.Name), clean(u.From))
		for _, s := range u.Servers {
			fmt.Fprintf(b, "  server %s\n", clean(s))
		}
		rows(b, "  ", []Value{u.Pool})
		behindText(b, u.Behind)
	}
	for _, l := range h.Locations {
		fmt.Fprintf(b, "\n%s  (%s)\n", clean(strings.Join(l.Path, " > ")), clean(l.From))
		rows(b, "  ", []Value{l.Pass})
		fmt.Fprintf(b, "  goes to %s\n", clean(l.Target))
		behindText(b, l.Behind)
		rows(b, "  ", l.Settings)
		if len(l.Headers) > 0 {
			b.WriteString("  the backend gets\n")
			rows(b, "    ", l.Headers)
		}
	}
	if len(h.Unseen) > 0 {
		b.WriteString("\nnot seen\n")
		for _, u := range h.Unseen {
			fmt.Fprintf(b, "  %s\n", clean(u))
		}
	}
	if len(h.Assumed) > 0 {
		b.WriteString("\nassumed\n")
		for _, a := range h.Assumed {
			fmt.Fprintf(b, "  %s none of these\n", clean(a))
		}
	}
	if len(h.Sysctl) > 0 {
		if begun {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "kernel settings, for %s\n", h.Kernel)
		rows(b, "  ", h.Sysctl)
	}
}

// behindText writes what is behind addresses.
func behindText(b *bytes.Buffer, all []Behind) {
	for _, x := range all {
		label := "  behind it: "
		if x.Address != "" {
			label = "  behind " + clean(x.Address) + ": "
		}
		if x.Service == "" {
			fmt.Fprintf(b, "%snot known, %s\n", label, clean(strings.Join(x.Candidates, " or ")))
			continue
		}
		fmt.Fprintf(b, "%s%s  (%s)\n", label, clean(x.Service), clean(x.From))
		rows(b, "    ", x.Values)
	}
}

// rows writes values in three columns; columns grow to 56 and 40 characters at most.
func rows(b *bytes.Buffer, indent string, values []Value) {
	name, value := 0, 0
	for _, v := range values {
		name = max(name, min(len(v.Name), 56))
		value = max(value, min(len(v.Value), 40))
	}
	for _, v := range values {
		line := fmt.Sprintf("%s%-*s  %-*s  %s", indent, name, clean(v.Name), value, clean(v.Value), clean(v.From))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// clean keeps control characters of a file from the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, s)
}
