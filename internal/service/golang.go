package service

import (
	"path"
	"strings"
)

// golang: "go run FILE" with a literal http.Server, or a program that a Dockerfile
// builds from such a file.
//
//	srv := &http.Server{Addr: ":8080", IdleTimeout: 2 * time.Minute}
//	                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 2 min; without it ReadTimeout counts, and without both they never end
//
// Source: pkg.go.dev/net/http#Server.
func golang() *software {
	return &software{
		name: "go", programs: []string{"go"},
		prepare: func(p *process, rest []string) {
			if len(rest) < 2 || rest[0] != "run" {
				return
			}
			for _, name := range []string{rest[1], path.Join(rest[1], "main.go")} {
				if f := p.open(name); f != nil && path.Ext(f.Path) == ".go" {
					p.module = p.use(f)
					return
				}
			}
		},
		derive: func(p *process) []*Service {
			if p.module != nil {
				p.goServer(p.module)
			}
			return p.itself()
		},
	}
}

// goBuilds returns the folders of the packages that a Dockerfile builds, by the names of
// the programs that they become.
func goBuilds(all []Instruction) map[string]string {
	out := map[string]string{}
	for _, i := range all {
		if i.Name != "RUN" {
			continue
		}
		for _, words := range shellWords(i.Text, placer{nil, i.At}, nil) {
			for len(words) > 0 && strings.Contains(words[0].text, "=") { // CGO_ENABLED=0 go build
				words = words[1:]
			}
			if len(words) < 2 || path.Base(words[0].text) != "go" || words[1].text != "build" {
				continue
			}
			set, rest := (&software{flags: map[string]string{"-o": "out", "-ldflags": "-", "-tags": "-", "-gcflags": "-", "-asmflags": "-", "-mod": "-", "-p": "-"}}).parse(words[2:])
			folder := "."
			if len(rest) == 1 {
				folder = rest[0]
			}
			if to := set.text("out").Value; to != "" && len(rest) < 2 && !unknown(to) {
				out[path.Base(to)] = folder
			}
		}
	}
	return out
}

// built is the source of a program that the container's own Dockerfile builds; nil if it
// is none, or not seen.
func (p *process) built(program string) *software {
	folder, ok := p.builds[path.Base(program)]
	if !ok || !p.hasCode {
		return nil
	}
	for _, name := range []string{folder, path.Join(folder, "main.go")} {
		if f := p.repo.file(path.Join(p.code, name)); f != nil && path.Ext(f.Path) == ".go" {
			p.module = p.use(f)
			s := golang()
			s.prepare = nil
			return s
		}
	}
	return nil
}
