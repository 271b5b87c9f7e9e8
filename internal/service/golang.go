package service

import "path"

// golang: "go run FILE" with a literal http.Server.
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
