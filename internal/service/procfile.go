package service

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Procfiles: a process a line.
//
//	web: gunicorn app:app --bind 127.0.0.1:8000
//	     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ what runs
//
// Source: devcenter.heroku.com/articles/procfile.

func isProcfile(p string) bool {
	base := path.Base(p)
	return base == "Procfile" || strings.HasPrefix(base, "Procfile.")
}

func procfiles(r *repo) []*process {
	var out []*process
	for _, f := range r.order {
		if !isProcfile(f.Path) {
			continue
		}
		at := 0
		for line := range strings.Lines(f.Text) {
			start := at
			at += len(line)
			name, command, ok := strings.Cut(line, ":")
			if !ok || !isName(strings.ReplaceAll(name, "-", "_")) {
				continue
			}
			from := start + len(name) + 1
			text := strings.TrimRight(command, "\r\n")
			words := shellWords(text, placer{func(i int) int { return from + i }, Place{File: f}}, nil)
			p := &process{repo: r, code: path.Dir(path.Clean(f.Path)), hasCode: true, Service: &Service{
				Kind: Command, Name: name, At: Place{File: f, Span: source.Span{Start: start, End: start + len(strings.TrimRight(line, "\r\n"))}},
			}}
			p.argv = p.lastCommand(words)
			out = append(out, p)
		}
	}
	return out
}
