package linttest

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// The names of the main files.
const (
	mainNginx  = "nginx.conf"
	mainSysctl = "sysctl.conf"
)

// A texts is the files of an example in the order in which they stand there.
type texts []txtar.File

// split divides the text of an example into its files. A text without txtar's
// "-- name --" lines is one file, named by the rule's prefix.
func split(r *lint.Rule, text string) (texts, error) {
	archive := txtar.Parse([]byte(text))
	if len(archive.Files) == 0 {
		name := mainNginx
		switch prefix, _, _ := strings.Cut(r.ID, "-"); prefix {
		case "sysctl":
			name = mainSysctl
		case "host":
			return nil, errors.New(`a host- example needs files: begin it with "-- nginx.conf --"`)
		}
		return texts{{Name: name, Data: []byte(text)}}, nil
	}
	if strings.TrimSpace(string(archive.Comment)) != "" {
		return nil, fmt.Errorf("text above the first file: %q", archive.Comment)
	}
	seen := map[string]bool{}
	for _, f := range archive.Files {
		if seen[f.Name] {
			return nil, fmt.Errorf("the file %s stands twice in the example", f.Name)
		}
		seen[f.Name] = true
	}
	return archive.Files, nil
}

// join is the opposite of split, for differences that people read.
func (ts texts) join() string {
	if len(ts) == 1 {
		return string(ts[0].Data)
	}
	return string(txtar.Format(&txtar.Archive{Files: ts}))
}

// convert returns the files with every text passed through a function.
func (ts texts) convert(f func(string) string) texts {
	out := slices.Clone(ts)
	for i := range out {
		out[i].Data = []byte(f(string(out[i].Data)))
	}
	return out
}

// crlf gives a text the line ends of another world.
func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// cut takes the markers out of all files.
func (ts texts) cut() (plain texts, marks []mark, err error) {
	plain = slices.Clone(ts)
	for i, f := range ts {
		text, found, err := cutMarkers(f.Name, string(f.Data))
		if err != nil {
			return nil, nil, err
		}
		plain[i].Data = []byte(text)
		marks = append(marks, found...)
	}
	return plain, marks, nil
}

// over returns the files of base with those of ts in their places. A file that
// base does not have is an error: fixes make no files.
func (ts texts) over(base texts) (texts, error) {
	out := slices.Clone(base)
	for _, f := range ts {
		i := slices.IndexFunc(out, func(b txtar.File) bool { return b.Name == f.Name })
		if i < 0 {
			return nil, fmt.Errorf("the file %s of Good is not in Bad", f.Name)
		}
		out[i].Data = f.Data
	}
	return out, nil
}

// isSysctl tells a sysctl file of an example by its name.
func isSysctl(name string) bool {
	return path.Base(name) == mainSysctl || path.Ext(name) == ".sysctl" ||
		strings.HasPrefix(name, "sysctl.d/") || strings.Contains(name, "/sysctl.d/")
}

// input makes a host of the files: the main nginx file is nginx.conf or the only
// one, the others are there for include.
func (ts texts) input(target model.Target) (model.Input, error) {
	byName := map[string]string{}
	var nginxFiles []string
	for _, f := range ts {
		byName[f.Name] = string(f.Data)
		if !isSysctl(f.Name) {
			nginxFiles = append(nginxFiles, f.Name)
		}
	}
	files := modeltest.New(byName)
	in := model.Input{Target: target, Reader: files, Trees: model.NewTrees()}
	var all []*source.File
	for _, f := range ts {
		all = append(all, files.File(f.Name))
	}
	in.Services = service.Read(all, nil)
	for _, f := range ts {
		if isSysctl(f.Name) {
			in.Sysctl = append(in.Sysctl, files.File(f.Name))
		}
	}
	switch {
	case slices.Contains(nginxFiles, mainNginx):
		in.Main = files.File(mainNginx)
	case len(nginxFiles) == 1:
		in.Main = files.File(nginxFiles[0])
	case len(nginxFiles) > 1:
		return in, fmt.Errorf("none of the files %s is named %s", strings.Join(nginxFiles, ", "), mainNginx)
	}
	return in, nil
}

// targetOf reads an example's versions; without one it stands for the supported
// window.
func targetOf(e *lint.Example) (model.Target, error) {
	target := model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()}
	var errs []error
	if e.Nginx != "" {
		server, in, err := facts.ParseServer(e.Nginx)
		errs = append(errs, err)
		target.Server, target.Nginx = server, in
	}
	if e.Kernel != "" {
		v, err := facts.ParseVersion(e.Kernel)
		errs = append(errs, err)
		target.Kernel = facts.Only(v)
	}
	if e.Loader != "" {
		l, ok := model.ParseLoader(e.Loader)
		if !ok {
			return target, fmt.Errorf("there is no loader %q", e.Loader)
		}
		target.Loader = l
	}
	if e.Container != "" {
		c, err := model.ParseContainer(e.Container)
		errs = append(errs, err)
		target.Container = c
	}
	return target, errors.Join(errs...)
}
