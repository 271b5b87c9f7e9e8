package service

import (
	"path"
	"regexp"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// release finds the version of a program: in the lock files and lists of packages
// that lie beside its code, in what its image installs, in the tag of the image.
func (p *process) release(s *software) {
	if p.Version.Known() {
		return
	}
	name := s.name
	packages := s.packages
	if s.name == "node" && p.script != nil {
		for _, f := range frameworks {
			if _, ok := p.script.imports(f); ok {
				packages, name = []string{f}, f
				break
			}
		}
	}
	for _, pkg := range packages {
		if v := p.packaged(pkg); v.Known() {
			p.Version = v
			return
		}
	}
	if name == s.name {
		p.Version = imageVersion(p.Image, s)
	}
}

// lockFile is a file that names the releases of packages.
type lockFile struct {
	name string
	read func(f *source.File, pkg string) (version string, at source.Span)
}

// lockFiles are the files that name releases, the surest first.
var lockFiles = []lockFile{
	{"Gemfile.lock", gemLock},
	{"package-lock.json", jsonLock},
	{"yarn.lock", yarnLock},
	{"pnpm-lock.yaml", pnpmLock},
	{"poetry.lock", tomlLock},
	{"uv.lock", tomlLock},
	{"Pipfile.lock", pipfileLock},
	{"requirements.txt", requirement},
	{"requirements.lock", requirement},
	{"requirements/production.txt", requirement},
	{"requirements/prod.txt", requirement},
	{"requirements/base.txt", requirement},
	{"package.json", packageRange},
}

// packaged looks for a package in the files beside the code.
func (p *process) packaged(pkg string) Field[facts.Version] {
	if !p.hasCode && len(p.mounts) == 0 {
		return Field[facts.Version]{}
	}
	for _, l := range lockFiles {
		f := p.open(l.name)
		if f == nil && p.hasCode {
			f = p.repo.up(p.code, 1, l.name)
		}
		if f == nil {
			continue
		}
		text, at := l.read(f, pkg)
		if v, err := facts.ParseVersion(text); err == nil {
			return Field[facts.Version]{Value: v, Sure: Set, At: Place{File: f, Span: at}, Name: pkg}
		}
	}
	return Field[facts.Version]{}
}

// match returns the first group of a pattern in a file, and where the whole stands.
func match(f *source.File, pattern string) (text string, at source.Span) {
	m := regexp.MustCompile(pattern).FindStringSubmatchIndex(f.Text)
	if m == nil {
		return "", source.Span{}
	}
	return f.Text[m[2]:m[3]], source.Span{Start: m[2], End: m[3]}
}

const number = `(\d+(?:\.\d+){0,2})`

func gemLock(f *source.File, pkg string) (string, source.Span) {
	return match(f, `(?m)^    `+regexp.QuoteMeta(pkg)+` \(`+number+`[^)]*\)`)
}

func jsonLock(f *source.File, pkg string) (string, source.Span) {
	return match(f, `"(?:node_modules/)?`+regexp.QuoteMeta(pkg)+`":\s*\{\s*"version":\s*"`+number)
}

func yarnLock(f *source.File, pkg string) (string, source.Span) {
	return match(f, `(?m)^"?`+regexp.QuoteMeta(pkg)+`@[^\n]*:\r?\n\s+version:?\s+"?`+number)
}

func pnpmLock(f *source.File, pkg string) (string, source.Span) {
	return match(f, `(?m)^\s+'?/?`+regexp.QuoteMeta(pkg)+`[@/]`+number)
}

func tomlLock(f *source.File, pkg string) (string, source.Span) {
	return match(f, `(?m)^name = "`+regexp.QuoteMeta(pkg)+`"\r?\nversion = "`+number)
}

func pipfileLock(f *source.File, pkg string) (string, source.Span) {
	return match(f, `"`+regexp.QuoteMeta(pkg)+`":\s*\{[^{}]*"version":\s*"==`+number)
}

func requirement(f *source.File, pkg string) (string, source.Span) {
	return match(f, `(?mi)^`+regexp.QuoteMeta(pkg)+`(?:\[[^\]]*\])?\s*(?:==|~=)\s*`+number)
}

// packageRange reads "4.23.2", and the lowest release of "^4.23.2", which has the same
// defaults as long as it is one major version.
func packageRange(f *source.File, pkg string) (string, source.Span) {
	return match(f, `"`+regexp.QuoteMeta(pkg)+`":\s*"[\^~]?`+number+`"`)
}

var tagVersion = lazyre.New(`^v?(\d+(?:\.\d+){0,2})`)

// imageVersion reads the tag of an image that is the program's own.
func imageVersion(image Field[string], s *software) Field[facts.Version] {
	name, tag := splitImage(image.Value)
	for _, own := range s.images {
		if name != own && path.Base(name) != own {
			continue
		}
		if m := tagVersion.FindStringSubmatch(tag); m != nil {
			if v, err := facts.ParseVersion(m[1]); err == nil {
				out := as(image, v)
				out.Name = "image"
				return out
			}
		}
	}
	return Field[facts.Version]{}
}

// splitImage splits "docker.io/library/node:20-alpine@sha256:..." into its name
// without registry and "library", and its tag.
func splitImage(image string) (name, tag string) {
	image, _, _ = strings.Cut(image, "@")
	name = image
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		name, tag = image[:i], image[i+1:]
	}
	if first, rest, ok := strings.Cut(name, "/"); ok && (strings.ContainsAny(first, ".:") || first == "localhost") {
		name = rest
	}
	return strings.TrimPrefix(name, "library/"), tag
}
