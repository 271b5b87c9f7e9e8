package detect

import (
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// hint is what a name suggests.
type hint uint8

const (
	hintNone hint = iota
	hintNginx
	hintSysctl
)

// name is what a path tells.
type name struct {
	hint hint
	// certain says that the name alone would do: "nginx.conf", "sysctl.d/x.conf".
	certain bool
	// engine is the template language that the extension names; empty if none.
	engine string
	// generated says that the file lies where templates are kept.
	generated bool
	// loose says that a file of this name is a note as often as configuration.
	loose bool
	// plain says that it is named "*.conf".
	plain bool
	// other says what the file is if the name tells that it is neither.
	other string
}

func (n name) kind() Kind {
	if n.hint == hintSysctl {
		return Sysctl
	}
	return Nginx
}

// engines are the extensions of templates. Those with an empty name are used by
// several languages.
var engines = map[string]string{
	".j2": "Jinja2", ".jinja": "Jinja2", ".jinja2": "Jinja2", ".erb": "ERB", ".epp": "EPP",
	".tmpl": "", ".gotmpl": "Go", ".ctmpl": "Go", ".gtpl": "Go", ".mustache": "Mustache", ".hbs": "Handlebars",
	".liquid": "Liquid", ".tftpl": "", ".tpl": "", ".stpl": "", ".template": "",
}

// TemplateExtensions are the extensions of templates, with their dot, sorted. The slice
// must not be changed.
func TemplateExtensions() []string { return templateExtensions() }

var templateExtensions = sync.OnceValue(func() []string { return slices.Clip(slices.Sorted(maps.Keys(engines))) })

// others are extensions of files that are neither, whatever they contain: code
// and documents quote configuration, and other formats embed it.
var others = map[string]string{
	".yml": "YAML", ".yaml": "YAML", ".json": "JSON", ".toml": "TOML", ".xml": "XML", ".ini": "an INI file",
	".md": "a document", ".markdown": "a document", ".rst": "a document", ".adoc": "a document", ".html": "a document", ".htm": "a document",
	".tex": "a document", ".pdf": "a document", ".csv": "a table", ".tsv": "a table", ".log": "a log", ".sql": "SQL",
	".sh": "a program", ".bash": "a program", ".zsh": "a program", ".fish": "a program", ".ps1": "a program", ".bat": "a program",
	".py": "a program", ".rb": "a program", ".pl": "a program", ".pm": "a program", ".t": "a program", ".php": "a program",
	".go": "a program", ".rs": "a program", ".c": "a program", ".h": "a program", ".cc": "a program", ".cpp": "a program", ".hpp": "a program",
	".java": "a program", ".kt": "a program", ".scala": "a program", ".swift": "a program", ".cs": "a program", ".js": "a program",
	".mjs": "a program", ".cjs": "a program", ".ts": "a program", ".tsx": "a program", ".jsx": "a program", ".vue": "a program",
	".lua": "a program", ".ex": "a program", ".exs": "a program", ".dart": "a program", ".vim": "a program", ".el": "a program",
	".s": "a program", ".asm": "a program", ".dot": "a drawing", ".gv": "a drawing", ".puml": "a drawing",
	".css": "a style sheet", ".scss": "a style sheet", ".less": "a style sheet", ".sass": "a style sheet",
	".pp": "a Puppet manifest", ".sls": "a Salt state", ".tf": "Terraform", ".hcl": "HCL", ".nix": "Nix",
	".diff": "a patch", ".patch": "a patch", ".service": "a systemd unit", ".timer": "a systemd unit", ".socket": "a systemd unit",
	".vcl": "a Varnish configuration", ".proto": "a schema", ".graphql": "a schema", ".ipynb": "a notebook", ".lock": "a lock file",
	".pem": "a certificate", ".crt": "a certificate", ".key": "a key", ".svg": "an image", ".map": "a source map", ".properties": "properties",
	".png": "an image", ".jpg": "an image", ".jpeg": "an image", ".gif": "an image", ".ico": "an image", ".webp": "an image",
	".snippets": "an editor's snippets", ".snippet": "an editor's snippets", ".snip": "an editor's snippets",
	".snap": "a test's snapshot", ".sarif": "a report", ".err": "a log", ".out": "a log", ".woff": "a font", ".woff2": "a font", ".ttf": "a font", ".zip": "an archive", ".gz": "an archive", ".tgz": "an archive",
	".xz": "an archive", ".bz2": "an archive", ".zst": "an archive", ".jar": "an archive", ".tar": "an archive",
	".so": "a library", ".a": "a library", ".o": "a library", ".exe": "a library", ".dll": "a library", ".pyc": "a library",
	".mp4": "a video", ".mp3": "a sound", ".po": "a translation", ".mo": "a translation",
}

// backups are the ends of names under which editors and packages keep what is no
// longer, or not yet, in use.
var backups = []string{
	"~", ".bak", ".backup", ".old", ".orig", ".save", ".saved", ".swp", ".rej", ".disabled",
	".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-tmp", ".ucf-dist", ".ucf-new", ".ucf-old", ".rpmnew", ".rpmorig", ".rpmsave", ".pacnew", ".pacsave",
}

// Backup reports whether a file is a copy by its name: of an editor, of a package,
// or by hand. It is read only where something includes or names it.
func Backup(p string) bool {
	base := strings.ToLower(path.Base(p))
	// "nginx.conf.bak201803092055", "nginx.conf.old-2": made by hand, with a time or a number.
	base = strings.TrimRight(base, "0123456789-_.")
	return slices.ContainsFunc(backups, func(end string) bool { return strings.HasSuffix(base, end) && len(base) > len(end) })
}

// Candidate reports whether a file of this name can be of any kind but None, so
// that a search need not read files that cannot. likely says that the name even
// speaks for it.
func Candidate(p string) (possible, likely bool) {
	n := readName(p)
	return n.other == "", n.hint != hintNone || strings.HasSuffix(p, ".conf")
}

// readName reads a path with forward slashes.
func readName(p string) name {
	var n name
	base := path.Base(p)
	if n.other = script(strings.ToLower(base)); n.other != "" {
		return n // configuration in it is quoted, not its own
	}
	dirs := strings.Split(path.Dir(p), "/")
	if slices.Contains(dirs, "__snapshots__") {
		n.other = "a test's snapshot"
		return n
	}
	if n.other, n.loose = document(strings.ToLower(base)); n.other != "" {
		return n
	}
	base = strings.TrimSuffix(base, ".txt")
	for {
		ext := strings.ToLower(path.Ext(base))
		engine, ok := engines[ext]
		if !ok || ext == base {
			if what, bad := others[ext]; bad {
				n.other = what
			}
			break
		}
		n.engine = engine
		if engine == "" {
			n.engine = unnamed
		}
		base = strings.TrimSuffix(base, path.Ext(base))
	}
	parent := dirs[len(dirs)-1]
	n.generated = slices.Contains(dirs, "templates")
	n.plain = path.Ext(base) == ".conf"
	n.hint, n.certain = nameHint(strings.ToLower(base), parent, dirs)
	return n
}

// script says what a file is that is known by its whole name and may hold
// configuration within commands; empty if it is none of them.
func script(base string) string {
	base, _, _ = strings.Cut(base, ".")
	switch base {
	case "dockerfile", "containerfile":
		return "a Dockerfile"
	case "vagrantfile", "makefile", "jenkinsfile":
		return "a program"
	}
	return ""
}

// prose are the names, and parts of names, of files that tell people something.
var prose = []string{
	"readme", "install", "notes", "note", "changelog", "changes", "todo", "license", "licence", "copying", "authors",
	"contributing", "howto", "usage", "faq", "news", "history", "instructions", "tutorial", "guide", "output", "report", "log",
}

// document says what a file is whose name tells that it is written for people, in
// which configuration is quoted; empty if it does not. loose says that it may well
// be one.
func document(base string) (what string, loose bool) {
	name, text := strings.CutSuffix(base, ".txt")
	if !text && strings.Contains(strings.TrimPrefix(base, "."), ".") {
		return "", false
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' })
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(prose, w) }) {
		return "a document", false
	}
	return "", text
}

// shipped are names of files that nginx and its packages bring.
var shipped = map[string]bool{
	"mime.types": true, "fastcgi_params": true, "fastcgi.conf": true, "uwsgi_params": true, "scgi_params": true, "proxy_params": true,
}

// nameHint tells what a file's base name and folders suggest.
func nameHint(base, parent string, dirs []string) (h hint, certain bool) {
	ext := path.Ext(base)
	switch {
	case base == "sysctl.conf", parent == "sysctl.d" && ext == ".conf", ext == ".sysctl":
		return hintSysctl, true
	case base == "nginx.conf", ext == ".nginx", ext == ".vhost", parent == "sites-available", parent == "sites-enabled":
		return hintNginx, true
	case strings.Contains(base, "sysctl"):
		return hintSysctl, false
	case strings.Contains(base, "nginx"), strings.Contains(base, "vhost"), shipped[base]:
		return hintNginx, false
	}
	for _, d := range dirs {
		switch {
		case d == "snippets", d == "sites-available", d == "sites-enabled", d == "vhosts", strings.Contains(d, "nginx"):
			h = hintNginx
		case strings.Contains(d, "sysctl"):
			return hintSysctl, false
		}
	}
	if h == hintNone && ext == ".conf" && (parent == "conf.d" || parent == "vhost.d") {
		h = hintNginx
	}
	return h, false
}
