package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/terminal"
)

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	status         int // of a run that did not fail
}

// run is the program without its process: it returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, status: statusClean}
	defer func() {
		// A panic would end the process with the status of a usage error.
		if r := recover(); r != nil {
			a.complain(&engine.Panic{While: fmt.Sprintf("in %q", args), Text: fmt.Sprintf("%v\n%s", r, debug.Stack())})
			status = statusFailure
		}
	}()
	root := a.root(args)
	help := &cli.CheckedWriter{W: stdout} // what writes help drops errors
	root.SetOut(help)
	cmd, err := root.ExecuteC()
	if err == nil {
		err = asWrite(help.Err)
	}
	if err == nil {
		return a.status
	}
	a.complain(err)
	status = statusOf(err)
	if _, ours := errors.AsType[*failure](err); !ours {
		a.say("see \"%s --help\"", cmd.CommandPath())
	}
	return status
}

// complain writes an error to stderr.
func (a *app) complain(err error) {
	all, _ := errors.AsType[problems](err)
	if wrong, ok := errors.AsType[config.Errors](err); ok {
		all = problems(wrong)
	}
	for _, e := range all {
		a.complain(e)
	}
	if all != nil {
		return
	}
	text := err.Error()
	if ours(err) {
		// Line breaks stand where tcplint put them.
		for line := range strings.SplitSeq("tcplint: "+text, "\n") {
			a.say("%s", line)
		}
		return
	}
	a.say("tcplint: %s", text)
}

// ours reports whether the lines of an error are tcplint's own, rather than those of
// a name that has line breaks in it.
func ours(err error) bool {
	if _, broke := errors.AsType[*engine.Panic](err); broke {
		return true
	}
	_, list := errors.AsType[*config.UnknownError](err)
	return list
}

// remark writes a line to stderr that is no error, unless the user wants none.
func (a *app) remark(f *flags, format string, args ...any) {
	if !f.quiet {
		a.say(format, args...)
	}
}

// say writes a line to stderr. If that fails, there is no one left to tell.
func (a *app) say(format string, args ...any) {
	_, _ = fmt.Fprintln(a.stderr, terminal.Printable(fmt.Sprintf(format, args...)))
}

// root builds the command line.
func (a *app) root(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "tcplint",
		Short: "find and fix TCP-path faults in nginx configuration and Linux kernel settings",
		Long: `tcplint reads nginx configuration and Linux kernel settings together, finds what
goes wrong on the way of a TCP connection, and writes the patches.

Exit status: 0 nothing at or above the failing level; 1 findings (for
"fix --dry-run": there is a diff); 2 wrong usage or configuration; 3 a file could
not be read or written, or something broke inside.`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          a.unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(a.stderr)
			if err := cmd.Help(); err != nil {
				return err
			}
			a.status = statusUsage
			return nil
		},
	}
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate(cli.VersionLine(version()) + "\n")
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true // there is one of our own
	root.AddCommand(a.commands(args)...)
	cli.CompleteRest(root, "nginx", "kernel", "diff-base")
	for _, cmd := range root.Commands() {
		// These fail only for a command that has no such flag.
		_, _ = cmd.MarkFlagFilename("config", "toml"), cmd.MarkFlagDirname("root")
	}
	root.SetHelpCommand(a.helpCommand())
	root.SetUsageFunc(func(cmd *cobra.Command) error { return cli.Usage(cmd, terminal.Columns(a.stdout)) })
	return root
}

// commands are the commands below the root. Where the first word is the name of one
// that does not look at the others, as most are, the others are not made: with all
// their flags that takes longer than a small file.
func (a *app) commands(args []string) []*cobra.Command {
	constructors := []struct {
		name  string // empty for one that needs the others
		build func() *cobra.Command
	}{
		{"check", a.checkCommand},
		{"merge", a.mergeCommand},
		{"fix", a.fixCommand},
		{"show", a.showCommand},
		{"diagnose", a.diagnoseCommand},
		{"diff", a.diffCommand},
		{"collect", a.collectCommand},
		{"capacity", a.capacityCommand},
		{"lsp", a.lspCommand},
		{"mcp", a.mcpCommand},
		{"explain", a.explainCommand},
		{"rules", a.rulesCommand},
		{"init", a.initCommand},
		{"config", a.configCommand},
		{"baseline", a.baselineCommand},
		{"version", a.versionCommand},
		{"", a.completionCommand},
		{"", manCommand},
	}
	for _, c := range constructors {
		if len(args) > 0 && c.name != "" && c.name == args[0] {
			return []*cobra.Command{c.build()}
		}
	}
	var all []*cobra.Command
	for _, c := range constructors {
		all = append(all, c.build())
	}
	return all
}

// helpCommand stands in for cobra's own, which takes an unknown command for
// success.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "say more about a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return a.unknownCommand(cmd.Root(), args)
			}
			return asWrite(about.Help())
		},
	}
}

// unknownCommand explains a first word that is no command.
func (*app) unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if _, err := os.Stat(args[0]); err == nil {
		return usagef("unknown command %q: to check that file, run \"tcplint check %[1]s\"", args[0])
	}
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return unknown("command", args[0], names)
}

// flagError makes the errors of the flag parser list what there is.
func flagError(cmd *cobra.Command, err error) error {
	if missing, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		name := "--" + missing.GetSpecifiedName()
		if short := missing.GetSpecifiedShortnames(); short != "" {
			name = "-" + short
		}
		return unknown("flag", name, names)
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		_, usage := pflag.UnquoteUsage(missing.GetFlag())
		return fmt.Errorf("--%s wants a value: %s", missing.GetFlag().Name, usage)
	}
	return err
}

// noArgs is for commands that want none.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q takes no arguments, not %s", cmd.CommandPath(), strings.Join(args, " "))
	}
	return nil
}
