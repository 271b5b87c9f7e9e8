package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/git"
	"github.com/tcplint/tcplint/internal/workspace"
)

// open reads what the paths name from the disk, and says what there is to say about
// it.
func (a *app) open(f *flags, paths []string) (*workspace.Workspace, error) {
	return a.openHost(f, false, paths)
}

// openHost does the same; live takes this host beside the paths.
func (a *app) openHost(f *flags, live bool, paths []string) (*workspace.Workspace, error) {
	o, err := a.read(f, paths)
	if err != nil {
		return nil, err
	}
	for _, doubt := range f.doubts {
		a.remark(f, "%s", doubt)
	}
	fsys, err := a.mount(paths)
	if live {
		fsys, err = a.mountOne(live, paths, &o, 0)
	}
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
	o.Listed = git.Listed
	for _, p := range paths {
		if p == "" {
			return o, usagef("an empty path names nothing: the current folder is \".\"")
		}
		if p != "-" {
			o.Paths = append(o.Paths, filepath.ToSlash(p))
			text, ok, err := disk.ReadPipe(p)
			if err != nil {
				return o, classify(reading(p, err))
			}
			if ok {
				if o.Unsaved == nil {
					o.Unsaved = map[string]string{}
				}
				o.Unsaved[filepath.ToSlash(p)] = text
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

// options are those of a workspace, without what is read.
func (f *flags) options() (workspace.Options, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return workspace.Options{}, &failure{statusFailure, err}
	}
	o := workspace.Options{
		Dir: disk.Name(cwd), Volumes: disk.Volumes(), Config: filepath.ToSlash(f.config),
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

// mount returns the disk with the snapshots among the paths in it. What is left out of
// one is said, and is a failure.
func (a *app) mount(paths []string) (workspace.FS, error) {
	fsys, problems, err := disk.Mount(paths)
	for _, problem := range problems {
		a.complain(problem)
		a.status = max(a.status, statusFailure)
	}
	return fsys, classify(err)
}
