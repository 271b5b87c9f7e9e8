package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
)

// stdinName is how standard input is shown where it has no other name.
const stdinName = "<stdin>"

// argument is what is read together: a folder with all that was found in it, or
// all files that were named one by one.
type argument struct {
	dir    string // empty for named files
	nginx  []*source.File
	sysctl []*source.File
	// carried is what was found inside of other files, dumps are the files that
	// each output of "nginx -T" was made from.
	carried []embed.Found
	dumps   [][]*source.File
}

// loader finds and reads what the command line names.
type loader struct {
	*configs

	app  *app
	disk *disk
	// stdin is the file read from standard input, nil if it is not.
	stdin *source.File
	seen  map[*source.File]bool
	// status is that of the worst failure that did not end the run.
	status int
	// named says that files were named one by one.
	named bool
	// args are what was read together.
	args       []*argument
	notChecked []lint.NotChecked
}

func newLoader(a *app, f *flags) (*loader, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, &failure{statusFailure, err}
	}
	c, err := newConfigs(f, cwd)
	if err != nil {
		return nil, err
	}
	return &loader{configs: c, app: a, disk: newDisk(cwd), seen: map[*source.File]bool{}}, nil
}

// problem reports a failure that concerns one file.
func (l *loader) problem(status int, err error) {
	l.app.complain(err)
	l.status = max(l.status, status)
}

// unread reports a file that could not be read.
func (l *loader) unread(err error) { l.problem(statusFailure, err) }

// load reads what the paths name: folders first, as they decide what is read
// together.
func (l *loader) load(paths []string) ([]*argument, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	if l.flags.stdinName != "" && !slices.Contains(paths, "-") {
		return nil, usagef(`--stdin-filename is given, but "-" is not among the paths`)
	}
	var args []*argument
	var files []string
	for _, p := range paths {
		if p == "-" {
			if l.stdin != nil {
				return nil, usagef(`"-" is named twice`)
			}
			if err := l.readStdin(); err != nil {
				return nil, err
			}
			continue
		}
		p = path.Clean(filepath.ToSlash(p))
		info, err := os.Stat(absolute(l.cwd, p))
		switch {
		case err != nil:
			l.unread(reading(p, err))
		case info.IsDir():
			arg, err := l.folder(p)
			if err != nil {
				return nil, err
			}
			args = append(args, arg)
		default:
			files = append(files, p)
		}
	}
	if named := l.files(files); named != nil {
		args = append(args, named)
	}
	return args, nil
}

func (l *loader) readStdin() error {
	data, err := io.ReadAll(l.app.stdin)
	if err != nil {
		return &failure{statusFailure, fmt.Errorf("reading standard input: %w", err)}
	}
	if l.flags.stdinName == "" {
		l.stdin = l.disk.put(stdinName, string(data))
		return nil
	}
	l.stdin = l.disk.put(filepath.ToSlash(l.flags.stdinName), string(data))
	return nil
}

// folder reads all that is below a folder.
func (l *loader) folder(dir string) (*argument, error) {
	// A wrong configuration is an error even where there is nothing to check.
	if _, err := l.forDir(absolute(l.cwd, dir)); err != nil {
		return nil, err
	}
	arg := &argument{dir: dir}
	all := l.search(dir)
	for _, f := range all {
		if !l.seen[f] {
			l.seen[f] = true
			l.add(arg, f, l.disk.content(f))
		}
	}
	if len(all) == 0 && !l.flags.quiet {
		l.app.say("no nginx configuration or kernel settings found in %s", dir)
	}
	return arg, nil
}

// add files a file under what it holds.
func (l *loader) add(arg *argument, f *source.File, c *content) {
	for _, s := range c.carried.Skipped {
		l.notChecked = append(l.notChecked, lint.NotChecked{At: lint.Place{File: f, Span: s.At}, Reason: s.Reason})
	}
	switch {
	case c.dump != nil:
		arg.dumps = append(arg.dumps, c.dump)
	case c.kind == detect.Nginx:
		arg.nginx = append(arg.nginx, c.text)
	case c.kind == detect.Sysctl:
		arg.sysctl = append(arg.sysctl, c.text)
	case len(c.carried.Texts) > 0:
		arg.carried = append(arg.carried, c.carried)
	}
}

// files reads files that are named one by one, and standard input. The result
// is nil if there are none.
func (l *loader) files(names []string) *argument {
	arg := &argument{}
	var all []*source.File
	if l.stdin != nil {
		all = append(all, l.stdin)
	}
	for _, name := range names {
		f, err := l.disk.read(name)
		if err != nil {
			l.unread(err)
			continue
		}
		all = append(all, f)
	}
	for _, f := range all {
		if l.seen[f] {
			continue
		}
		l.seen[f] = true
		set, err := l.settingsFor(f)
		if err != nil {
			l.problem(statusOf(err), err)
			continue
		}
		abs := absolute(l.cwd, f.Path)
		if p, ok := set.exclude.match(abs); ok && f != l.stdin {
			l.app.remark(l.flags, "%s is not checked: excluded by %q of [files]", f.Path, p)
			continue
		}
		c := l.disk.contentAs(f, l.flags.as)
		if _, ok := set.include.match(abs); ok && !c.holds() {
			c = l.disk.insist(f, detect.Nginx)
		}
		switch {
		case c.holds():
			l.add(arg, f, c)
		case l.flags.ignoreUnknown:
		case c.kind == detect.None && embed.Candidate(f.Path):
			// A file of that kind may hold something and need not.
			l.app.remark(l.flags, "%s holds no nginx configuration or kernel settings that can be read", f.Path)
		default:
			l.problem(statusUsage, fmt.Errorf("%s is not checked: it is %s (--as nginx or --as sysctl reads it all the same)", f.Path, c.reason))
		}
	}
	if len(all) == 0 {
		return nil
	}
	l.named = true
	return arg
}

// settingsFor returns the settings for a file: those of its folder.
func (l *loader) settingsFor(f *source.File) (*settings, error) {
	if f = f.OnDisk(); f == l.stdin && l.flags.stdinName == "" {
		return l.forDir(l.cwd)
	}
	return l.forDir(filepath.Dir(absolute(l.cwd, f.Path)))
}

// isSkipped reports whether a search left a file out on purpose.
func isSkipped(err error) bool { return errors.Is(err, errSkipped) }

// comparePaths orders paths folder by folder.
func comparePaths(a, b string) int {
	return strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}
