package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/workspace"
)

// open reads what the paths name from the disk, and says what there is to say about
// it.
func (a *app) open(f *flags, paths []string) (*workspace.Workspace, error) {
	o, err := a.read(f, paths)
	if err != nil {
		return nil, err
	}
	for _, doubt := range f.doubts {
		a.remark(f, "%s", doubt)
	}
	fsys, err := a.mount(paths)
	if err != nil {
		return nil, err
	}
	ws, err := workspace.Open(fsys, o)
	a.tell(f, ws.Messages())
	if err != nil {
		return nil, classify(err)
	}
	return ws, nil
}

// read says what a workspace is made of: the paths, and what can be read only once.
func (a *app) read(f *flags, paths []string) (workspace.Options, error) {
	o, err := f.options()
	if err != nil {
		return o, err
	}
	o.Listed = listedByGit
	for _, p := range paths {
		if p == "" {
			return o, usagef("an empty path names nothing: the current folder is \".\"")
		}
		if p != "-" {
			o.Paths = append(o.Paths, filepath.ToSlash(p))
			if err := readPipe(p, &o); err != nil {
				return o, err
			}
			continue
		}
		if o.Input != nil {
			return o, usagef(`"-" is named twice`)
		}
		text, err := io.ReadAll(a.stdin)
		if err != nil {
			return o, &failure{statusFailure, fmt.Errorf("reading standard input: %w", err)}
		}
		o.Input = &workspace.Input{Path: filepath.ToSlash(f.stdinName), Text: string(text)}
	}
	if f.stdinName != "" && !slices.Contains(paths, "-") {
		return o, usagef(`--stdin-filename is given, but "-" is not among the paths`)
	}
	return o, nil
}

// readPipe reads what was named by hand and is no file: a pipe, such as /dev/stdin or
// what a shell makes of <(...), or a device.
func readPipe(p string, o *workspace.Options) error {
	info, err := os.Stat(p)
	if err != nil || info.IsDir() || info.Mode().IsRegular() {
		return nil // the workspace says what is wrong
	}
	if same, err := os.Stat(os.DevNull); err == nil && os.SameFile(same, info) {
		return nil
	}
	const most = 1 << 30
	f, err := os.Open(p)
	if err != nil {
		return &failure{statusFailure, reading(p, err)}
	}
	defer f.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(text) > most {
		err = errors.New("it gives more than the 1024 MB that are read")
	}
	if err != nil {
		return &failure{statusFailure, reading(p, err)}
	}
	if o.Unsaved == nil {
		o.Unsaved = map[string]string{}
	}
	o.Unsaved[filepath.ToSlash(p)] = string(text)
	return nil
}

// options are those of a workspace, without what is read.
func (f *flags) options() (workspace.Options, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return workspace.Options{}, &failure{statusFailure, err}
	}
	o := workspace.Options{
		Dir: nameOf(cwd), Volumes: volumes(), Config: filepath.ToSlash(f.config),
		Override: f.override(), As: f.as, Context: f.context, IgnoreUnknown: f.ignoreUnknown,
	}
	if f.root != "" {
		if info, err := os.Stat(f.root); err != nil {
			return o, &failure{statusFailure, fmt.Errorf("--root: %w", reading(f.root, err))}
		} else if !info.IsDir() {
			return o, usagef("--root: %s is not a folder", f.root)
		}
	}
	return o, nil
}

// override is what flags put on top of configuration files.
func (f *flags) override() config.Override {
	o := config.Override{
		Server: f.server, Kernel: f.kernel, Loader: f.loader, FailOn: f.failOn,
		Baseline: f.baseline, Selected: f.selected, Ignored: f.ignored,
	}
	if f.root != "" {
		o.Root = filepath.ToSlash(filepath.Clean(f.root))
	}
	return o
}

// tell writes messages to standard error, as far as somebody wants them. A problem
// decides the exit status.
func (a *app) tell(f *flags, all []workspace.Message) {
	for _, m := range all {
		switch m.Level {
		case workspace.Detail:
			if f.verbose {
				a.say("%s", m.Text)
			}
		case workspace.Remark:
			a.remark(f, "%s", m.Text)
		case workspace.Problem:
			a.complain(m.Err)
			a.status = max(a.status, statusOf(classify(m.Err)))
		}
	}
}

// classify gives an error of the workspace or the engine its exit status: what was
// asked for or configured wrongly is the user's, the rest is not.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*failure](err); ok {
		return err
	}
	_, request := errors.AsType[*workspace.RequestError](err)
	_, configured := errors.AsType[config.Errors](err)
	if request || configured {
		return &failure{statusUsage, err}
	}
	return &failure{statusFailure, err}
}

// reading says what could not be read.
func reading(name string, err error) error { return workspace.NewReadError(name, err) }
