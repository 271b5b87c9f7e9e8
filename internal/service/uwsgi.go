package service

import (
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/source"
)

// uwsgi: its files (INI, XML, YAML, JSON) and its command line; what "http" and "http-socket" answer
// says nothing of the close that follows.
//
//	http-socket = :8000
//	^^^^^^^^^^^^^^^^^^^ HTTP, closed at once without a word
//	listen = 1024
//	^^^^^^^^^^^^^ the accept queue; uWSGI does not start where somaxconn is below
//	harakiri = 30
//	^^^^^^^^^^^^^ a request that is not answered by then ends with its process
//	max-requests = 5000
//	^^^^^^^^^^^^^^^^^^^ a process ends after so many
//
// Sources: uwsgi-docs.readthedocs.io/en/latest/Options.html, core/socket.c.
func uwsgi() *software {
	return &software{
		name: "uwsgi", programs: []string{"uwsgi", "uwsgi-core", "uwsgi_python3", "uwsgi_python"}, packages: []string{"uwsgi", "pyuwsgi"},
		flags: uwsgiFlags(),
		switches: map[string]string{
			"--http-keepalive": "http-keepalive=true", "--master": "master=true", "--enable-threads": "enable-threads=true",
		},
		prepare: func(p *process, rest []string) {
			var names []Field[string]
			for _, kind := range uwsgiFormats {
				if f, ok := p.env["UWSGI_"+strings.ToUpper(kind)]; ok {
					names = append(names, f)
				}
				if f, ok := p.settings[kind]; ok {
					names = append(names, f)
				}
			}
			for _, r := range rest {
				if slices.Contains(uwsgiFormats, strings.TrimPrefix(path.Ext(r), ".")) {
					f := p.Program
					f.Value = r
					names = append(names, f)
				}
			}
			for _, name := range names {
				if f := p.use(p.open(name.Value)); f != nil {
					p.under(readUWSGI(f))
				} else if name.Value != "" {
					p.doubtful = true
					p.under(hidden(name, "listen", "processes", "threads", "max-requests", "harakiri"))
				}
			}
			p.doubtful = p.doubtful || p.settings["emperor"].Known()
			set := settings{}
			for name, f := range p.env {
				if rest, ok := strings.CutPrefix(name, "UWSGI_"); ok {
					set[strings.ReplaceAll(strings.ToLower(rest), "_", "-")] = f
				}
			}
			p.under(set)
		},
		derive: func(p *process) []*Service { return p.uwsgiSockets() },
	}
}

func uwsgiFlags() map[string]string {
	flags := map[string]string{"-s": "socket", "-p": "processes", "-l": "listen", "-w": "module", "-x": "xml", "-y": "yaml", "-j": "json", "--workers": "processes", "--uwsgi-socket": "socket", "--http11-socket": "http11-socket"}
	for _, name := range []string{"socket", "http", "http-socket", "processes", "threads", "listen", "max-requests", "ini", "xml", "yaml", "yml", "json", "emperor", "module", "wsgi-file", "chdir", "socket-timeout", "http-timeout", "harakiri", "fastcgi-socket", "scgi-socket", "protocol"} {
		flags["--"+name] = name
	}
	return flags
}

// uwsgiSockets makes a service of every socket: each has a protocol of its own.
func (p *process) uwsgiSockets() []*Service {
	var out []*Service
	for _, other := range []string{"https", "https-socket", "shared-socket", "include", "inherit"} {
		p.doubtful = p.doubtful || p.settings[other].Known()
	}
	for _, kind := range []struct{ setting, protocol, variant string }{
		{"http", "http", "uwsgi"},
		{"http-socket", "http", "uwsgi"},
		{"http11-socket", "http", "uwsgi-http11-socket"},
		{"socket", "uwsgi", ""},
		{"uwsgi-socket", "uwsgi", ""},
		{"fastcgi-socket", "fastcgi", ""},
		{"scgi-socket", "scgi", ""},
	} {
		f := p.settings.text(kind.setting)
		if !f.Known() {
			continue
		}
		own := *p.Service
		q := &process{Service: &own, settings: p.settings, dir: p.dir}
		if p.settings["chdir"].Known() {
			q.dir = "" // whether it is there already when it binds is not known
		}
		own.Listens, own.Variant = nil, kind.variant
		if protocol := p.settings.text("protocol"); protocol.Known() && kind.protocol == "uwsgi" {
			kind.protocol = protocol.Value
			if protocol.Value == "http" {
				own.Variant = "uwsgi"
			}
		}
		if keep := p.settings.text("http-keepalive"); kind.setting == "http" && keep.Known() && keep.Value != "false" && keep.Value != "0" {
			own.Variant = "uwsgi-http-keepalive"
			own.Idle = p.settings.uwsgiTime("http-timeout")
		}
		if kind.setting == "http11-socket" {
			own.Idle = p.settings.uwsgiTime("socket-timeout")
		}
		q.listen(f, kind.protocol)
		own.AllListens = !q.doubtful && !p.doubtful
		own.Backlog = p.settings.number("listen").or(Field[int]{Value: 100, Sure: Preset, Name: "listen"})
		own.Recycle = positive(p.settings.number("max-requests"))
		own.Busy = p.settings.uwsgiBusy()
		own.InFlight = positiveTime(p.settings.uwsgiTime("harakiri")) // then the process is killed
		out = append(out, &own)
	}
	if len(out) == 0 {
		return p.itself()
	}
	return out
}

// uwsgiBusy is how many requests are served at a time: in each process one, one for
// each thread, or as many as the cores of a loop such as gevent.
func (s settings) uwsgiBusy() Field[int] {
	factors := [][]string{{"processes", "workers"}, {"threads"}}
	name := "processes x threads"
	for _, loop := range []string{"gevent", "async"} {
		if s[loop].Known() {
			factors[1], name = []string{loop}, "processes x "+loop
			break
		}
	}
	for _, loop := range []string{"asyncio", "fiber", "tornado", "coroae"} {
		if s[loop].Known() {
			return Field[int]{}
		}
	}
	out := Field[int]{Value: 1, Sure: Preset}
	for _, keys := range factors {
		n := s.number(keys...)
		switch {
		case n.Known():
			out = times(out, n, name)
		case s.text(keys...).Known():
			return Field[int]{}
		}
	}
	if !out.Read() {
		return Field[int]{}
	}
	return out
}

// uwsgiFormats are the formats of its configuration, as their flags and the endings of
// their files are called.
var uwsgiFormats = []string{"ini", "xml", "yaml", "yml", "json"}

// uwsgiLines are the settings of a file in their order: those of each section [uwsgi], of
// each element <uwsgi>, or of the mapping "uwsgi" in YAML and JSON. Of a key that comes
// again, or that has a list, all values count (measured with 2.0.21).
func uwsgiLines(f *source.File) []iniLine {
	var out []iniLine
	switch ext := path.Ext(f.Path); {
	case ext == ".xml":
		return uwsgiElements(f)
	case ext == ".json" || isYAML(f.Path):
		for _, d := range readYAML(f).docs {
			root := at(d.root, "uwsgi")
			if root == nil || root.Kind != yaml.MappingNode {
				continue
			}
			for i := 0; i+1 < len(root.Content); i += 2 {
				key, value := root.Content[i].Value, resolve(root.Content[i+1])
				values := []*yaml.Node{value}
				if value != nil && value.Kind == yaml.SequenceNode {
					values = value.Content
				}
				for _, v := range values {
					field := d.scalar(v, key, false)
					field.Sure = Set
					field.At.File = d.place(root.Content[i]).File
					field.At.Span.Start = min(field.At.Span.Start, d.place(root.Content[i]).Span.Start)
					if len(values) > 1 {
						field.At = d.place(v)
					}
					out = append(out, iniLine{key, iniPlaceholder(field)})
				}
			}
		}
		return out
	}
	for _, s := range readINI(f) {
		if s.name == "uwsgi" {
			out = append(out, s.lines...)
		}
	}
	return out
}

// uwsgiElements reads the elements of each <uwsgi>.
func uwsgiElements(f *source.File) []iniLine {
	var out []iniLine
	dec := xml.NewDecoder(strings.NewReader(f.Text))
	dec.Strict = false
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	inside := 0 // how deep one is below <uwsgi>; 0 outside
	var line iniLine
	for {
		start := int(dec.InputOffset())
		token, err := dec.RawToken()
		if err != nil {
			return out
		}
		switch tag := token.(type) {
		case xml.StartElement:
			switch {
			case inside > 0:
				inside++
			case tag.Name.Local == "uwsgi":
				inside = 1
			}
			if inside == 2 {
				line = iniLine{tag.Name.Local, Field[string]{Sure: Set, Name: tag.Name.Local, At: Place{File: f, Span: source.Span{Start: start}}}}
			}
		case xml.CharData:
			if inside == 2 {
				line.field.Value += string(tag)
			}
		case xml.EndElement:
			if inside == 2 {
				line.field.Value = strings.TrimSpace(line.field.Value)
				line.field.At.Span.End = int(dec.InputOffset())
				line.field = iniPlaceholder(line.field)
				out = append(out, line)
			}
			inside = max(inside-1, 0)
		}
	}
}

// readUWSGI reads a file of uWSGI. What stands below "if-env = NAME" and its kin,
// or is made again by a loop, is not known.
func readUWSGI(f *source.File) settings {
	set := settings{}
	base := path.Base(f.Path)
	names := strings.NewReplacer("%n", strings.TrimSuffix(base, path.Ext(base)), "%s", base, "%e", strings.TrimPrefix(path.Ext(base), "."))
	depth := 0
	for _, l := range uwsgiLines(f) {
		key, field := l.key, l.field
		switch word := strings.ReplaceAll(key, "-", ""); {
		case strings.HasPrefix(word, "end"):
			depth = max(depth-1, 0)
			continue
		case strings.HasPrefix(key, "if-") || word == "for" || strings.HasPrefix(key, "for-"):
			depth++
			continue
		}
		field.Value = names.Replace(field.Value)
		if depth > 0 {
			field.Value = string(source.Unknown)
		}
		if old, twice := set[key]; twice && (strings.HasSuffix(key, "socket") || key == "http") {
			field.Value = old.Value + "\n" + field.Value
		}
		if field.Value == "" {
			field.Value = "true"
		}
		set[key] = field
	}
	return set
}

// isUWSGI reports whether a file is one of uWSGI's; in YAML and XML, whose key and element
// others use as well, by its name too.
func isUWSGI(f *source.File) bool {
	switch ext := path.Ext(f.Path); {
	case ext == ".ini":
		return strings.Contains(f.Text, "[uwsgi]") && len(readUWSGI(f)) > 0
	case ext == ".xml" || isYAML(f.Path):
		return strings.Contains(path.Base(f.Path), "uwsgi") && strings.Contains(f.Text, "uwsgi") && len(readUWSGI(f)) > 0
	}
	return false
}

// ownUWSGI is a process of an INI file that nothing starts.
func ownUWSGI(r *repo, f *source.File) *process {
	return &process{
		Service: &Service{Kind: File, Name: f.Path, At: Place{File: f, Span: source.Span{}}, Program: Field[string]{Value: "uwsgi", Sure: Set, At: Place{File: f}}},
		repo:    r, code: path.Dir(path.Clean(f.Path)), hasCode: true, settings: readUWSGI(f),
	}
}

// uwsgiTime reads a number of seconds as uWSGI does (uwsgi_opt_set_int in core/uwsgi.c): of
// "1m" and "1500ms" the digits count, as seconds.
func (s settings) uwsgiTime(name string) Field[time.Duration] {
	f, ok := s[name]
	n, err := strconv.Atoi(leadingDigits(strings.TrimSpace(f.Value)))
	switch {
	case !ok:
		return Field[time.Duration]{}
	case err != nil || unknown(f.Value):
		return unread[time.Duration](f)
	}
	return as(f, time.Duration(n)*time.Second)
}
