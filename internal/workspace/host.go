package workspace

import (
	"slices"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// Host is one machine or container: what is read as its configuration, and of which
// of its files something is to be reported. It does not change once it is joined.
type Host struct {
	// Model is what its files come to, Input what it was built from.
	Model *model.Host
	Input model.Input
	// Settings are those of its files.
	Settings *config.Settings
	// Only names the files whose findings are wanted, by their paths on disk; nil
	// means all.
	Only map[string]bool
	// Dump says that it is known from the output of "nginx -T" alone.
	Dump bool

	files []*source.File
	// declared says that a [[host]] table names it.
	declared bool
	// notChecked is what could not be asked about it.
	notChecked []lint.NotChecked
}

// Files are those that the host was read from, the nginx main file first.
func (h *Host) Files() []*source.File { return h.files }

// holds reports whether the host was read from a file.
func (h *Host) holds(f *source.File) bool { return slices.Contains(h.files, f) }

// restrict limits what is reported to some more files.
func (h *Host) restrict(files ...*source.File) {
	if h.Only == nil {
		h.Only = map[string]bool{}
	}
	for _, f := range files {
		h.Only[f.OnDisk().Path] = true
	}
}

// restricted are the files that reports are limited to.
func (h *Host) restricted() []*source.File {
	var out []*source.File
	for _, f := range h.files {
		if h.Only[f.OnDisk().Path] {
			out = append(out, f)
		}
	}
	return out
}

// builder makes hosts of inputs, and keeps those whose input and files are the same
// as before.
type builder struct {
	work     *Work
	old, now map[*source.File][]*built // by their first file
}

// built is a host that was made, with all that it depends on.
type built struct {
	in       model.Input
	settings *config.Settings
	record   *record // nil if it has no reader
	host     *model.Host
	files    []*source.File
}

func newBuilder(old *builder, work *Work) *builder {
	b := &builder{work: work}
	if old != nil {
		b.old = old.now
	}
	b.now = make(map[*source.File][]*built, len(b.old))
	return b
}

// build reads a host anew.
func (b *builder) build(h *Host) *Host {
	first := h.Input.Main
	if first == nil {
		first = h.Input.Sysctl[0]
	}
	have := find(b.now[first], h)
	if have == nil {
		if have = find(b.old[first], h); have == nil {
			have = b.make(h)
		}
		b.now[first] = append(b.now[first], have)
	}
	h.Model, h.files = have.host, have.files
	return h
}

func find(list []*built, h *Host) *built {
	for _, x := range list {
		if x.settings == h.Settings && sameInput(&x.in, &h.Input) && (x.record == nil || x.record.holds(h.Input.Reader)) {
			return x
		}
	}
	return nil
}

func (b *builder) make(h *Host) *built {
	b.work.Built.Add(1)
	x := &built{in: h.Input, settings: h.Settings}
	in := h.Input
	if in.Reader != nil {
		x.record = newRecord(in.Reader)
		in.Reader = x.record
	}
	x.in.Sysctl = slices.Clone(in.Sysctl)
	x.host = model.Build(in)
	x.files = x.host.Files()
	return x
}

// sameInput compares what two hosts of the same settings are built from, but for
// their readers.
func sameInput(a, b *model.Input) bool {
	return a.Main == b.Main && a.Attach == b.Attach && a.Root == b.Root && a.Partial == b.Partial && a.Live == b.Live &&
		a.SysctlLink == b.SysctlLink && a.Services == b.Services && a.Target.Container == b.Target.Container && a.Target.Kernel == b.Target.Kernel &&
		(a.Reader == nil) == (b.Reader == nil) && slices.Equal(a.Context, b.Context) && slices.Equal(a.Sysctl, b.Sysctl)
}
