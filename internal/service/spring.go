package service

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// Spring Boot: application.yml and application.properties, its keys in any of the
// spellings that Spring takes. What a profile sets otherwise is said to be so, and what
// the active one sets holds.
//
//	server.tomcat.keep-alive-timeout=2s
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 2 s
//	server.port=${PORT:8080}
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^ where it listens, unless PORT says otherwise
//
// Sources: docs.spring.io/spring-boot/appendix/application-properties,
// tomcat.apache.org/tomcat-10.1-doc/config/http.html.
func spring() *software {
	return &software{
		name: "spring-boot", programs: nil,
		derive: func(p *process) []*Service {
			s := p.Service
			s.Variant = "spring-boot"
			p.springServer()
			if s.Variant == "" {
				return nil
			}
			port := p.settings.number("server.port")
			host := p.settings.text("server.address").Value
			_, set := p.settings["server.port"]
			switch {
			case port.Known() && port.Value > 0:
				s.Listens = []Field[Address]{as(port, Address{Host: wildcard(host), Port: port.Value, Protocol: "http"})}
				s.AllListens = true
			case !set:
				p.listenDefault(Address{Port: 8080, Protocol: "http"}, "server.port")
			}
			tomcat := func(key string) Field[int] { return positive(p.settings.number("server.tomcat." + key)) }
			if s.Variant == "jetty" {
				s.Idle = p.settings.milliseconds("server.jetty.connectionidletimeout")
				if s.Idle.At.File != nil && !s.Idle.Known() {
					s.Variant = ""
				}
				s.Backlog, s.Busy = Field[int]{}, positive(p.settings.number("server.jetty.threads.max"))
				return []*Service{s}
			}
			s.Idle = p.settings.milliseconds("server.tomcat.keepalivetimeout", "server.tomcat.connectiontimeout", "server.connectiontimeout")
			switch {
			case s.Idle.Read() && s.Idle.Value < 0:
				s.Keeps, s.Idle = as(s.Idle, facts.KeepsForever), Field[time.Duration]{}
			case s.Idle.At.File != nil && (!s.Idle.Known() || s.Idle.Value == 0):
				s.Variant, s.Idle = "", Field[time.Duration]{}
			}
			s.Requests = tomcat("maxkeepaliverequests")
			if s.Requests.Known() && s.Requests.Value == 1 {
				s.Keeps, s.Idle = as(s.Requests, facts.ClosesAnnounced), Field[time.Duration]{}
			}
			s.Slots = tomcat("maxconnections")
			s.Busy = tomcat("threads.max").or(tomcat("maxthreads"))
			s.Backlog = tomcat("acceptcount")
			return []*Service{s}
		},
	}
}

// springServer finds out from the build which server is inside.
func (p *process) springServer() {
	for _, name := range []string{"pom.xml", "build.gradle", "build.gradle.kts"} {
		f := p.repo.up(p.code, 4, name)
		if f == nil {
			continue
		}
		switch text := f.Text; {
		case !strings.Contains(text, "springframework") && !strings.Contains(text, "spring-boot"):
			p.Variant = "" // somebody else's application.yml
		case strings.Contains(text, "spring-cloud-starter-gateway") && !strings.Contains(text, "-mvc"):
			p.Variant = "" // Netty
		case strings.Contains(text, "spring-boot-starter-undertow"), strings.Contains(text, "spring-boot-starter-webflux") && !strings.Contains(text, "spring-boot-starter-web<") && !strings.Contains(text, "spring-boot-starter-web\"") && !strings.Contains(text, "spring-boot-starter-web'"):
			p.Variant = ""
		case strings.Contains(text, "spring-boot-starter-jetty"):
			p.Variant = "jetty"
		}
		return
	}
	// No build is there: what the settings are for tells.
	for key := range p.settings {
		if strings.HasPrefix(key, "server.undertow.") || strings.HasPrefix(key, "server.netty.") || strings.HasPrefix(key, "server.jetty.") {
			p.Variant = ""
		}
	}
}

// milliseconds reads a time as Spring does: "2s", "PT2S", and a number of
// milliseconds.
func (s settings) milliseconds(names ...string) Field[time.Duration] {
	for _, name := range names {
		f, ok := s[name]
		if !ok {
			continue
		}
		text := strings.TrimSpace(f.Value)
		if rest, iso := strings.CutPrefix(strings.ToUpper(text), "PT"); iso {
			text = strings.ToLower(rest)
		}
		if n, err := strconv.Atoi(text); err == nil {
			return as(f, time.Duration(n)*time.Millisecond)
		}
		if d, err := time.ParseDuration(text); err == nil {
			return as(f, d)
		}
		return unread[time.Duration](f)
	}
	return Field[time.Duration]{}
}

// isSpring reports whether a file configures Spring Boot's server.
func isSpring(f *source.File) bool {
	base := path.Base(f.Path)
	for _, other := range []string{"micronaut", "quarkus", "ktor:", "helidon"} {
		if strings.Contains(f.Text, other) {
			return false
		}
	}
	switch base {
	case "application.yml", "application.yaml":
		return strings.Contains(f.Text, "server:") && (strings.Contains(f.Text, "spring:") || strings.Contains(f.Text, "tomcat:") || inResources(f.Path))
	case "application.properties":
		return strings.Contains(f.Text, "server.") && (strings.Contains(f.Text, "spring.") || strings.Contains(f.Text, "tomcat") || inResources(f.Path))
	}
	return false
}

func inResources(p string) bool { return path.Base(path.Dir(p)) == "resources" }

// springProfiles is the setting, and the variable, that says which profiles hold.
const (
	springProfiles    = "spring.profiles.active"
	springProfilesEnv = "SPRING_PROFILES_ACTIVE"
)

// readSpring reads the settings of a file, with those of the profiles beside it: one that
// the file itself makes active holds unless the environment names others; of the rest it
// is said that they may.
func readSpring(r *repo, f *source.File) settings {
	set, own := springFile(f)
	dir, base := path.Split(path.Clean(f.Path))
	name, ext := strings.TrimSuffix(base, path.Ext(base)), path.Ext(base)
	profiles := map[string]settings{}
	order := []string{}
	add := func(profile string, more settings) {
		if profiles[profile] == nil {
			order = append(order, profile)
		}
		profiles[profile] = profiles[profile].over(more)
	}
	for _, p := range own {
		add(p.profile, p.set)
	}
	for _, g := range r.order {
		d, b := path.Split(path.Clean(g.Path))
		if d != dir || !strings.HasPrefix(b, name+"-") || path.Ext(b) != ext {
			continue
		}
		profile := strings.TrimSuffix(strings.TrimPrefix(b, name+"-"), ext)
		add(profile, springProfile(g, profile))
	}
	told, isTold := set[springProfiles]
	if !isTold {
		told = set["spring.profiles.default"]
	}
	active := []string{}
	for profile := range strings.SplitSeq(told.Value, ",") {
		active = append(active, strings.TrimSpace(profile))
	}
	decided := !isTold || !unknown(told.Value) && !strings.Contains(told.Value, "@") // "@profile@" of Maven
	for key := range set {
		if key == "spring.profiles.include" || strings.HasPrefix(key, "spring.profiles.group.") {
			decided = false // more of them may be active
		}
	}
	for _, profile := range active {
		for key, v := range profiles[profile] {
			v.Sure, v.Env = UnlessEnv, springProfilesEnv
			set[key] = v
		}
	}
	for _, profile := range order {
		if slices.Contains(active, profile) {
			continue
		}
		for key, v := range profiles[profile] {
			old, ok := set[key]
			switch {
			case ok && old.Value != v.Value && decided:
				old.Sure, old.Env = UnlessEnv, springProfilesEnv
				set[key] = old
			case ok && old.Value != v.Value, !ok && strings.HasPrefix(key, "server."): // with that profile only
				v.Value = string(source.Unknown)
				set[key] = v
			}
		}
	}
	return set
}

// springTold puts on top what the container says: the files of the profiles that it
// names, its variables, and the arguments of its command line.
func (p *process) springTold(f *source.File) {
	base := path.Base(f.Path)
	ext := path.Ext(base)
	if profiles := p.env[springProfilesEnv]; profiles.Known() && !unknown(profiles.Value) {
		plain, own := springFile(f)
		p.settings = p.settings.over(plain)
		for profile := range strings.SplitSeq(profiles.Value, ",") {
			profile = strings.TrimSpace(profile)
			for _, o := range own {
				if o.profile == profile {
					p.settings = p.settings.over(o.set)
				}
			}
			name := strings.TrimSuffix(base, ext) + "-" + profile + ext
			if g := p.repo.file(path.Join(path.Dir(path.Clean(f.Path)), name)); g != nil {
				p.settings = p.settings.over(springProfile(g, profile))
			}
		}
	}
	told := settings{}
	for name, v := range p.env {
		if strings.HasPrefix(name, "SERVER_") {
			v.Name = name
			told[strings.ToLower(strings.ReplaceAll(name, "_", "."))] = v
		}
	}
	for _, w := range p.argv {
		for _, prefix := range []string{"--", "-D"} {
			name, value, ok := strings.Cut(strings.TrimPrefix(w.text, prefix), "=")
			if ok && strings.HasPrefix(w.text, prefix+"server.") {
				v := w.field(name)
				v.Value = value
				told.put(relaxed(name), v, w.open)
			}
		}
	}
	p.settings = p.settings.over(told)
}

// profileSettings are what a document of a file sets for one profile.
type profileSettings struct {
	profile string
	set     settings
}

// springFile reads a file: what it sets in any case, and what its documents set for one
// profile each. What is for an expression, such as "!prod", counts as a profile of that
// name, which nothing makes active.
func springFile(f *source.File) (set settings, own []profileSettings) {
	set = settings{}
	for _, doc := range springDocuments(f) {
		profile := doc.text("spring.config.activate.onprofile", "spring.profiles")
		switch {
		case profile.Known() && profile.Value != "":
			for name := range strings.SplitSeq(profile.Value, ",") {
				own = append(own, profileSettings{strings.TrimSpace(name), doc})
			}
		default:
			set = set.over(doc)
		}
	}
	return set, own
}

// springProfile reads the file of one profile, whose documents may name it once more.
func springProfile(f *source.File, profile string) settings {
	set, own := springFile(f)
	for _, o := range own {
		if o.profile == profile {
			set = set.over(o.set)
		}
	}
	return set
}

// springDocuments reads the documents of a file, "---" between them in YAML, and "#---" in
// properties.
func springDocuments(f *source.File) []settings {
	var out []settings
	if isYAML(f.Path) {
		for _, d := range readYAML(f).docs {
			set := settings{}
			d.flatten(d.root, "", set)
			out = append(out, set)
		}
		return out
	}
	set := settings{}
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		text := strings.TrimSpace(line)
		if text == "#---" || text == "!---" {
			out, set = append(out, set), settings{}
		}
		i := strings.IndexAny(text, "=:")
		if i < 0 || text[0] == '#' || text[0] == '!' {
			continue
		}
		from := start + strings.Index(line, text)
		field := Field[string]{Value: strings.TrimSpace(text[i+1:]), Sure: Set, Name: strings.TrimSpace(text[:i])}
		field.At = Place{File: f, Span: source.Span{Start: from, End: from + len(text)}}
		set[relaxed(field.Name)] = placeholder(field)
	}
	return append(out, set)
}

// flatten makes keys with dots of nested mappings.
func (d *yamlDoc) flatten(n *yaml.Node, prefix string, set settings) {
	for _, e := range entries(n) {
		key := e.key.Value
		if prefix != "" {
			key = prefix + "." + key
		}
		switch e.value.Kind {
		case yaml.MappingNode:
			d.flatten(e.value, key, set)
		case yaml.ScalarNode:
			f := d.scalar(e.value, key, false)
			f.At.Span.Start = d.place(e.key).Span.Start
			set[relaxed(key)] = placeholder(f)
		case yaml.SequenceNode: // of profiles, say
			f := Field[string]{Sure: Set, At: d.place(e.value), Name: key}
			for i, item := range e.value.Content {
				if i > 0 {
					f.Value += ","
				}
				f.Value += item.Value
			}
			set[relaxed(key)] = placeholder(f)
		case yaml.DocumentNode, yaml.AliasNode:
		}
	}
}

// relaxed writes a key as all of its spellings come to.
func relaxed(key string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(key))
}

// placeholder reads "${NAME:65s}": 65s unless NAME says otherwise.
func placeholder(f Field[string]) Field[string] {
	inner, ok := strings.CutPrefix(f.Value, "${")
	if !ok {
		if strings.Contains(f.Value, "${") {
			f.Value = string(source.Unknown)
		}
		return f
	}
	name, fallback, ok := strings.Cut(strings.TrimSuffix(inner, "}"), ":")
	if strings.HasPrefix(fallback, "${") { // "${PORT:${SERVER_PORT:8080}}"
		next := f
		next.Value = fallback
		fallback = placeholder(next).Value
	}
	if !ok || strings.Contains(fallback, "$") || !strings.HasSuffix(inner, "}") || unknown(fallback) {
		f.Value = string(source.Unknown)
		return f
	}
	f.Value, f.Sure, f.Env = fallback, UnlessEnv, name
	return f
}
