// Package collect takes from a running host what check, show, diagnose and capacity
// need, without changing it and without its secrets, and writes a snapshot (package
// snapshot). What it reads and runs stands in sources.go; the script that does the
// same without the binary is made of the same tables.
//
// Secrets are left out by construction: of configuration only words are written that
// tables allow, of logs only what has the shape of a number, an address or a word of
// the field, of everything else only lines that a pattern describes.
package collect

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// Options say how a host is collected.
type Options struct {
	// Interval lies between the two readings of counters; none are read twice if it
	// is 0.
	Interval time.Duration
	// Timeout bounds each command.
	Timeout time.Duration
	// Collector is who collects: "tcplint 1.0".
	Collector string
	// Now is the time of the snapshot.
	Now time.Time
	// Salt, if not nil, asks to replace addresses and names: the same salt replaces
	// them by the same.
	Salt []byte
}

// collector takes one host.
type collector struct {
	host     Host
	options  Options
	manifest snapshot.Manifest
	files    []taken
	seen     map[string]bool
	main     string // nginx's main file
	prefix   string // of relative paths of logs
	server   string // the version of nginx, as .tcplint.toml names it
	release  string // of the kernel
	names    map[string]bool
	// statusArgs ask for stub_status; nil if the configuration has none.
	statusArgs []string
}

// taken is a file of the archive, or a folder that was looked into.
type taken struct {
	path   string
	data   []byte
	folder bool
}

// Collect takes a host and writes the archive. The error is that of writing, or of
// ctx: what cannot be read or run stands in the manifest.
func Collect(ctx context.Context, h Host, o Options, w io.Writer) (*snapshot.Manifest, error) {
	c := &collector{host: h, options: o, seen: map[string]bool{}, names: map[string]bool{}}
	c.manifest = snapshot.Manifest{Host: h.Name(), Collector: o.Collector, User: h.User(), Time: o.Now}
	if err := c.all(ctx); err != nil {
		return nil, err
	}
	c.manifest.Complete = true
	if o.Salt != nil {
		redact(c.files, &c.manifest, o.Salt)
	}
	return &c.manifest, c.write(w)
}

func (c *collector) all(ctx context.Context) error {
	began := time.Now()
	twice := c.options.Interval > 0
	if twice {
		c.proc(growing, "-before.txt")
	}
	c.proc(procFiles, "")
	for _, cmd := range commands {
		c.command(ctx, cmd)
	}
	c.settings()
	for _, l := range lineFiles {
		c.lineFile(l)
	}
	c.processes()
	c.nginx()
	c.stubStatus(ctx)
	c.backends()
	c.config()
	if twice {
		select {
		case <-ctx.Done():
		case <-time.After(c.options.Interval - time.Since(began)):
		}
	}
	c.proc(growing, "-after.txt")
	return ctx.Err()
}

// keep adds an item and what it holds.
func (c *collector) keep(it snapshot.Item, data []byte) {
	if it.State == snapshot.Taken || it.State == snapshot.Cut || len(data) > 0 {
		if c.seen[it.Path] {
			return
		}
		c.seen[it.Path] = true
		it.Bytes = int64(len(data))
		c.files = append(c.files, taken{path: it.Path, data: data})
	}
	c.manifest.Items = append(c.manifest.Items, it)
}

// read reads a file of the host into an item.
func (c *collector) read(source string, most int64) ([]byte, snapshot.Item) {
	began := time.Now()
	data, cut, err := c.host.Read(source, most)
	it := snapshot.Item{Path: strings.TrimPrefix(source, "/"), Source: source, State: snapshot.Taken, Time: time.Since(began)}
	switch {
	case err != nil:
		it.State, it.Why = stateOf(err)
	case cut:
		it.State, it.Why = snapshot.Cut, fmt.Sprintf("the last %d bytes", len(data))
	}
	return data, it
}

func (c *collector) proc(files []procFile, suffix string) {
	for _, f := range files {
		data, it := c.read(f.source, mostOfCommand)
		it.Path = f.path + suffix
		c.keep(it, data)
	}
}

// command runs a command, or says why not.
func (c *collector) command(ctx context.Context, cmd command) {
	it := snapshot.Item{Path: cmd.path, Source: strings.Join(cmd.args, " ")}
	if cmd.module != "" && !c.host.HasModule(cmd.module) {
		it.State, it.Why = snapshot.Skipped, "it would load the kernel's module "+cmd.module
		c.keep(it, nil)
		c.proc(cmd.instead, "")
		return
	}
	began := time.Now()
	ctx, stop := context.WithTimeout(ctx, c.options.Timeout)
	defer stop()
	out, status, err := c.host.Run(ctx, cmd.args...)
	it.Time, it.Status, it.State = time.Since(began), status, snapshot.Taken
	switch {
	case err != nil && ctx.Err() != nil:
		it.State, it.Why = snapshot.Late, fmt.Sprintf("it took more than %v", c.options.Timeout)
	case err != nil:
		it.State, it.Why = stateOf(err)
	case status != 0:
		it.State = snapshot.Failed
	}
	if len(out) > mostOfCommand {
		out, it.State = out[:mostOfCommand], snapshot.Cut
	}
	if cmd.keep != "" {
		out = only(out, regexp.MustCompile(cmd.keep), false)
	}
	if it.State == snapshot.Absent || it.State == snapshot.Skipped {
		c.proc(cmd.instead, "")
	}
	if cmd.args[0] == "nginx" {
		c.server = serverVersion(out)
	}
	c.keep(it, out)
}

// only keeps the lines that match; the others become empty if places matter, else
// nothing.
func only(text []byte, keep *regexp.Regexp, places bool) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		bare := bytes.TrimRight(line, "\r\n")
		switch {
		case keep.Match(bare):
			b.Write(bare)
			b.WriteByte('\n')
		case places:
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// lineFile takes some lines of files.
func (c *collector) lineFile(l lines) {
	keep, bad := regexp.MustCompile(l.keep), regexp.MustCompile(never)
	for _, p := range l.patterns {
		for _, source := range c.host.Glob(p) {
			data, it := c.read(source, mostOfFile)
			var b bytes.Buffer
			for line := range bytes.Lines(only(data, keep, true)) {
				if bad.Match(line) {
					line = []byte("\n")
				}
				b.Write(line)
			}
			c.keep(it, b.Bytes())
		}
	}
}

// write packs what was taken below a folder with the host's name.
func (c *collector) write(w io.Writer) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	top := FileName(c.manifest.Host)
	var b bytes.Buffer
	if err := c.manifest.Write(&b); err != nil {
		return err
	}
	files := append([]taken{{path: snapshot.ManifestName, data: b.Bytes()}}, c.files...)
	for _, f := range files {
		if f.folder {
			if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: path.Join(top, f.path) + "/", Mode: 0o700, ModTime: c.options.Now, Format: tar.FormatPAX}); err != nil {
				return err
			}
			continue
		}
		h := &tar.Header{Name: path.Join(top, f.path), Mode: 0o600, Size: int64(len(f.data)), ModTime: c.options.Now, Format: tar.FormatPAX}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(f.data); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

// FileName makes a name of a file of a host's name.
func FileName(host string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, host)
	if name = strings.Trim(name, ".-"); name == "" {
		return "host"
	}
	return name
}

// config writes what the snapshot says about itself to those who read it: which
// releases run, and that the parameters in force are those of nginx's host.
func (c *collector) config() {
	var b strings.Builder
	b.WriteString("# Written by the collector.\n[target]\n")
	if c.server != "" {
		fmt.Fprintf(&b, "nginx = %q\n", c.server)
	}
	if c.release != "" {
		fmt.Fprintf(&b, "kernel = %q\n", c.release)
	}
	if c.main != "" && c.seen[settingsPath] {
		fmt.Fprintf(&b, "\n[[host]]\nname = %q\nnginx = [%q]\nsysctl = [%q]\n", FileName(c.manifest.Host), strings.TrimPrefix(c.main, "/"), settingsPath)
	}
	c.keep(snapshot.Item{Path: snapshot.ConfigName, Source: "the collector", State: snapshot.Taken}, []byte(b.String()))
}

var (
	versionLine   = lazyre.New(`(nginx|Angie|Tengine|openresty|freenginx)/([0-9]+\.[0-9]+\.[0-9]+(\.[0-9]+)?)`)
	versionNumber = lazyre.New(`^[0-9]+\.[0-9]+(\.[0-9]+)?`)
)

// serverVersion is what .tcplint.toml calls the release that "nginx -V" names.
func serverVersion(out []byte) string {
	m := versionLine.FindSubmatch(out)
	switch {
	case m == nil:
		return ""
	case string(m[1]) == "nginx":
		return string(m[2])
	}
	return strings.ToLower(string(m[1])) + "-" + string(m[2])
}

// settings takes the kernel's parameters in force.
func (c *collector) settings() {
	began := time.Now()
	keep, bad := regexp.MustCompile(settings), regexp.MustCompile(neverSettings)
	var all []string
	for _, root := range settingsRoots {
		for _, name := range c.host.Below("/proc/sys/" + root) {
			key := strings.ReplaceAll(strings.TrimPrefix(name, "/proc/sys/"), "/", "\x00")
			key = strings.ReplaceAll(strings.ReplaceAll(key, ".", "/"), "\x00", ".") // as sysctl writes eth0.1
			if !keep.MatchString(key) || bad.MatchString(key) {
				continue
			}
			data, _, err := c.host.Read(name, 4096)
			if err != nil {
				continue // only root may read it, or nobody
			}
			value := strings.TrimSpace(strings.ReplaceAll(string(data), "\t", " "))
			if key == "kernel.osrelease" {
				c.release = versionNumber.FindString(value)
			}
			if !strings.ContainsAny(value, "\n") {
				all = append(all, key+" = "+value)
			}
		}
	}
	slices.Sort(all)
	it := snapshot.Item{Path: settingsPath, Source: "/proc/sys", State: snapshot.Taken, Time: time.Since(began)}
	if all == nil {
		it.State = snapshot.Absent
		c.keep(it, nil)
		return
	}
	c.keep(it, []byte(strings.Join(all, "\n")+"\n"))
}
