package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
)

// whence says where a value of a backend comes from: a note that leads to the line
// of the backend's own file, or that says what is assumed. There is none for what is
// declared.
func whence[T any](b *model.Backend, f service.Field[T]) []lint.Note {
	at := lint.Place(f.At)
	switch f.Sure {
	case service.Set:
		if f.Name == "" {
			return []lint.Note{{Msg: "the backend sets it", At: at}}
		}
		return []lint.Note{{Msg: "the backend sets " + f.Name, At: at}}
	case service.UnlessEnv:
		return []lint.Note{{Msg: fmt.Sprintf("the backend sets %s, unless the environment variable %s says otherwise", f.Name, f.Env), At: at}}
	case service.Default:
		return []lint.Note{{Msg: fmt.Sprintf("that is the default of %s in the release that is named here", b.Title), At: at}}
	case service.Preset:
		if b.Preset.Name == "" {
			return nil
		}
		return []lint.Note{{Msg: b.Preset.Title + " as shipped: " + b.Preset.Note + "; declare it if it is set otherwise"}}
	case service.Unknown, service.Declared:
	}
	return nil
}

// keepsNone reports whether the servers of an upstream are known to close each
// connection once they have answered, so that no pool keeps anything.
func keepsNone(b *model.Backend) bool {
	return b.Keeps.Value == facts.ClosesAnnounced || b.Keeps.Value == facts.ClosesUnannounced
}

// behind says which process was found behind an upstream, so that a reader can tell
// whether it is the right one.
func behind(b *model.Backend) []lint.Note {
	for _, l := range b.Links {
		if s := l.Service; s != nil && s.At.File != nil {
			return []lint.Note{{Msg: fmt.Sprintf("%s is %s", l.Address, s.Title()), At: lint.Place(s.At)}}
		}
	}
	return nil
}
