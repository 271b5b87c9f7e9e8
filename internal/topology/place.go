package topology

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/parser/nginx"
)

// ofScope are the text of a scope and the place of its opening words.
func ofScope(s *model.Scope) (region []lint.Place, at lint.Place) {
	if s.Block == nil {
		return nil, lint.Place{}
	}
	return []lint.Place{onDisk(s.Block)}, head(s.Block)
}

func onDisk(d *nginx.Directive) lint.Place {
	f, span := d.File().Locate(d.Span())
	return lint.Place{File: f, Span: span}
}

func head(d *nginx.Directive) lint.Place {
	f, span := d.File().Locate(d.Head())
	return lint.Place{File: f, Span: span}
}

func line(p lint.Place) string { return show.Place(p.File, p.Span) }

func words(args nginx.Words) string { return show.Words(args) }

func known(s string) string { return show.Known(s) }
