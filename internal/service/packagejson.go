package service

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// packageFile is what matters of a package.json.
type packageFile struct {
	file         *source.File
	Scripts      map[string]string `json:"scripts"`
	Dependencies map[string]string `json:"dependencies"`
	Main         string            `json:"main"`
}

// packageJSON returns the package that a process is run in, nil if it is not seen.
func (r *repo) packageJSON(p *process) *packageFile {
	f := p.open("package.json")
	if f == nil && p.hasCode {
		f = r.up(p.code, 1, "package.json")
	}
	if f == nil {
		return nil
	}
	var pkg packageFile
	if json.Unmarshal([]byte(f.Text), &pkg) != nil {
		return nil
	}
	pkg.file = f
	return &pkg
}

// isScript reports whether "bun run NAME" means a script of the package.
func (p *process) isScript(argv []word) bool {
	if len(argv) != 3 || argv[1].text != "run" {
		return false
	}
	pkg := p.repo.packageJSON(p)
	return pkg != nil && pkg.Scripts[argv[2].text] != ""
}

// script returns the words of "npm start" and "npm run NAME": those of the script in
// the package, which stand there.
func (p *process) npmScript(argv []word) []word {
	pkg := p.repo.packageJSON(p)
	args := skipFlags(argv[1:], nil)
	if pkg == nil || len(args) == 0 {
		return nil
	}
	name := args[0].text
	if (name == "run" || name == "run-script") && len(args) > 1 {
		name = args[1].text
	}
	text, ok := pkg.Scripts[name]
	if !p.spend() {
		return nil
	}
	if !ok {
		if path.Base(argv[0].text) == "yarn" || path.Base(argv[0].text) == "pnpm" {
			return args // yarn next start
		}
		return nil
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	at := strings.Index(pkg.file.Text, string(quoted))
	span := source.Span{Start: max(at, 0), End: max(at, 0) + len(quoted)}
	in := placer{nil, Place{File: pkg.file, Span: span}}
	if at >= 0 && string(quoted) == `"`+text+`"` {
		in.offset = func(n int) int { return span.Start + 1 + n }
	}
	return p.lastCommand(shellWords(text, in, p.env))
}
