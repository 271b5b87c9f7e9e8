// Package cli has what a command line needs and cobra does not bring: manual pages
// that tell exit statuses and files, help as wide as the terminal, completion of
// lists.
package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tcplint/tcplint/internal/config"
)

// WriteManual writes a page for tcplint and one for each of its commands. The
// pages depend on nothing but the commands and the version: no date is in them.
func WriteManual(root *cobra.Command, dir string) error {
	const dirMode, mode = 0o755, 0o644
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	for _, cmd := range append([]*cobra.Command{root}, documented(root)...) {
		name := filepath.Join(dir, pageName(cmd)+".1")
		if err := os.WriteFile(name, manPage(cmd), mode); err != nil {
			return err
		}
	}
	return nil
}

// documented returns the commands that have a page of their own.
func documented(root *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, cmd := range root.Commands() {
		if !cmd.Hidden && cmd.Name() != "help" {
			out = append(out, cmd)
		}
	}
	return out
}

// pageName is what man calls the page of a command.
func pageName(cmd *cobra.Command) string {
	return strings.ReplaceAll(cmd.CommandPath(), " ", "-")
}

// manPage renders a command for man.
func manPage(cmd *cobra.Command) []byte {
	root := cmd.Root()
	about, status, _ := strings.Cut(root.Long, "\n\nExit status: ")
	if cmd != root {
		about = cmd.Long
	}
	if about == "" {
		about = "\"" + cmd.CommandPath() + "\": " + cmd.Short + "."
	}
	p := &roff{}
	p.linef(`.TH "%s" 1 "" "%s" "%s"`, esc(strings.ToUpper(pageName(cmd))), esc("tcplint "+root.Version), "tcplint manual")
	p.linef(".nh\n.ad l") // no name is torn apart
	p.section("name")
	p.linef(`%s \- %s`, esc(pageName(cmd)), esc(cmd.Short))
	p.section("synopsis")
	p.synopsis(cmd)
	p.section("description")
	p.text(about)
	if cmd == root {
		p.section("commands")
		for _, c := range documented(root) {
			p.item(`\fB`+esc(c.Name())+`\fR`, c.Short)
		}
	}
	p.section("options")
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	cmd.Flags().VisitAll(p.flag)
	p.section("exit status")
	for s := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(status, "\n", " "), "."), "; ") {
		code, meaning, _ := strings.Cut(s, " ")
		p.item(`\fB`+esc(code)+`\fR`, meaning)
	}
	if cmd == root || cmd.Flags().Lookup("config") != nil {
		p.section("files")
		p.item(`\fI`+esc(config.Name)+`\fR`, "The configuration, looked up from each file's folder to the root of the repository; \"tcplint init\" writes a commented one.")
	}
	p.section("see also")
	p.seeAlso(cmd)
	return p.Bytes()
}

// roff is text for man.
type roff struct {
	bytes.Buffer
}

func (p *roff) linef(format string, args ...any) {
	_, _ = fmt.Fprintf(p, format+"\n", args...) // to memory
}

func (p *roff) section(title string) { p.linef(".SH %s", strings.ToUpper(title)) }

// item writes a term, which is escaped already, and what it means.
func (p *roff) item(term, meaning string) {
	p.linef(".TP\n%s\n%s", term, esc(meaning))
}

// synopsis writes the command line: words that stand for others are slanted.
func (p *roff) synopsis(cmd *cobra.Command) {
	if cmd.HasSubCommands() {
		p.linef(`\fB%s\fR \fICOMMAND\fR [\fIOPTION\fR...] [\fIARGUMENT\fR...]`, esc(cmd.Name()))
		return
	}
	_, args, _ := strings.Cut(cmd.Use, " ")
	p.linef(`\fB%s\fR [\fIOPTION\fR...] %s`, esc(cmd.CommandPath()), esc(args))
}

// flag writes a flag as an item.
func (p *roff) flag(f *pflag.Flag) {
	if f.Hidden {
		return
	}
	term := `\fB\-\-` + esc(f.Name) + `\fR`
	if f.Shorthand != "" {
		term = `\fB\-` + esc(f.Shorthand) + `\fR, ` + term
	}
	value, usage := pflag.UnquoteUsage(f)
	switch value {
	case "":
	case "string", "strings", "stringArray":
		// The name says more than the type.
		term += ` \fI` + esc(strings.ToUpper(f.Name)) + `\fR`
	default:
		term += ` \fI` + esc(value) + `\fR`
	}
	if isWord(f.DefValue) && f.Value.Type() == "string" {
		usage += " (default " + f.DefValue + ")"
	}
	p.item(term, usage)
}

// isWord reports whether a default is worth a mention.
func isWord(s string) bool { return s != "" && !strings.ContainsAny(s, "[] ") }

func (p *roff) seeAlso(cmd *cobra.Command) {
	root := cmd.Root()
	var pages []string
	if cmd != root {
		pages = append(pages, `\fBtcplint\fR(1)`)
	} else {
		for _, c := range documented(root) {
			pages = append(pages, `\fB`+esc(pageName(c))+`\fR(1)`)
		}
		pages = append(pages, `\fBnginx\fR(8)`, `\fBsysctl.conf\fR(5)`)
	}
	p.linef("%s", strings.Join(pages, ",\n"))
}

// text writes paragraphs. Lines that are indented keep their shape.
func (p *roff) text(s string) {
	shaped, fresh := false, true
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		indented := strings.HasPrefix(line, " ")
		switch {
		case line == "":
			if !fresh && !shaped {
				p.linef(".PP")
			}
			fresh = true
			continue
		case indented && !shaped:
			p.linef(".PP\n.EX")
		case !indented && shaped:
			p.linef(".EE\n.PP")
		}
		shaped, fresh = indented, false
		p.linef("%s", esc(line))
	}
	if shaped {
		p.linef(".EE")
	}
}

// esc makes plain text safe for roff: a hyphen stays one that can be copied,
// and no line is taken for a request.
func esc(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
