package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/terminal"
	"github.com/tcplint/tcplint/parser/detect"
)

// rawFlags are the flags of check and fix as they are written.
type rawFlags struct {
	output, config, color         string
	formats                       []string
	nginx, kernel, loader, failOn string
	selected, ignored, context    []string
	stdinName, as, root           string
	quiet, verbose, ignoreUnknown bool
	// baseline and diffBase leave out findings that are known, or stand on lines that
	// have not changed.
	baseline, diffBase string
	// against is the repository that snapshots are held against.
	against string
	// statistics counts findings by rule instead of telling them.
	statistics bool
}

// flags are the same, checked and read.
type flags struct {
	rawFlags

	// format is what goes to standard output or --output, with its reporter;
	// empty if every format has a file of its own. files are those.
	format   string
	reporter report.Reporter
	files    []report.Output
	// target is nil in a part that no flag sets.
	server *config.Server
	kernel *facts.Range
	loader *model.Loader
	failOn *lint.Severity
	// selected is nil if no rule is selected by name.
	selected, ignored map[string]bool
	context           []model.Kind
	as                detect.Kind
	// doubts are what there is to be said about versions.
	doubts []string
}

var fileKinds = []string{detect.Nginx.String(), detect.Sysctl.String()}

// addLintFlags adds the flags that check and fix share.
func addLintFlags(cmd *cobra.Command, r *rawFlags) {
	addReadFlags(cmd, r)
	addRuleFlags(cmd, r)
	f := cmd.Flags()
	f.StringArrayVar(&r.formats, "format", nil, "format of the report (default text), or `FORMAT=FILE` for one more: "+strings.Join(report.Names(), ", "))
	f.StringVar(&r.output, "output", "", "write the report to `FILE`")
	f.StringVar(&r.failOn, "fail-on", "", "exit with status 1 from this `SEVERITY` on: error, warning, info or never (default warning)")
	f.StringVar(&r.baseline, "baseline", "", "leave alone the findings that are known in `FILE`, which \"tcplint baseline\" writes")
	f.StringVar(&r.diffBase, "diff-base", "", "leave alone all but lines that have changed since this git `REVISION`")
	f.BoolVar(&r.statistics, "statistics", false, "count findings by rule in the text format, instead of telling each")
	addColorFlag(cmd, &r.color)
	cli.Complete(cmd, "format", report.Names())
	cli.Complete(cmd, "fail-on", config.FailOnNames())
}

// addListFlags adds the flags of commands that print a list of their own.
func addListFlags(cmd *cobra.Command, r *rawFlags, more ...string) {
	addReadFlags(cmd, r)
	formats := append([]string{"text", "json"}, more...)
	last := len(formats) - 1
	cmd.Flags().StringArrayVar(&r.formats, "format", nil, "print it as `FORMAT`: "+strings.Join(formats[:last], ", ")+" or "+formats[last]+" (default text)")
	cmd.Flags().StringVar(&r.output, "output", "", "write it to `FILE`")
	cli.Complete(cmd, "format", formats)
}

// addReadFlags adds those that say what is read, and how.
func addReadFlags(cmd *cobra.Command, r *rawFlags) {
	f := cmd.Flags()
	f.StringVar(&r.config, "config", "", "read this configuration `FILE` instead of the nearest .tcplint.toml")
	f.StringVar(&r.nginx, "nginx", "", "the `VERSION` of nginx that is in use, such as 1.28.0, or of a relative: angie-1.12, openresty-1.27.1")
	f.StringVar(&r.kernel, "kernel", "", "the `VERSION` of the Linux kernel that is in use, such as 6.1")
	f.StringVar(&r.loader, "loader", "", "what reads the files of kernel settings at boot: procps or systemd")
	f.StringVar(&r.stdinName, "stdin-filename", "", "the `NAME` of the file that is read from standard input")
	f.StringVar(&r.as, "as", "", "read files named as arguments, and standard input, as this `KIND`: nginx or sysctl")
	f.StringSliceVar(&r.context, "context", nil, "where fragments of nginx configuration stand, outermost first (`http,server`)")
	f.StringVar(&r.root, "root", "", "look up absolute include paths below `DIR`")
	f.BoolVar(&r.ignoreUnknown, "ignore-unknown", false, "pass over named files that are neither nginx configuration nor kernel settings")
	f.BoolVar(&r.verbose, "verbose", false, "say on standard error why each file was taken or left")
	f.BoolVar(&r.quiet, "quiet", false, "one line for each finding, and errors only on standard error")
	cli.Complete(cmd, "as", fileKinds)
	cli.Complete(cmd, "loader", model.LoaderNames())
	cli.CompleteList(cmd, "context", model.KindNames)
}

// addRuleFlags adds those that choose rules.
func addRuleFlags(cmd *cobra.Command, r *rawFlags) {
	cmd.Flags().StringSliceVar(&r.selected, "select", nil, "run only these rules (`RULE,...`, or patterns such as \"nginx-sse-*\")")
	cmd.Flags().StringSliceVar(&r.ignored, "ignore", nil, "do not run these rules (`RULE,...`, or patterns)")
	cli.CompleteList(cmd, "select", ruleCompletions)
	cli.CompleteList(cmd, "ignore", ruleCompletions)
}

// read checks the flags.
func (r *rawFlags) read() (*flags, error) {
	f := &flags{rawFlags: *r}
	main, files, err := report.Outputs(f.formats, f.output)
	if err != nil {
		return nil, &failure{statusUsage, err}
	}
	f.format, f.reporter, f.files = main.Format, main.Report, files
	if r.color != "" {
		if err := oneOf("color", r.color, terminal.ColorModes); err != nil {
			return nil, err
		}
	}
	if r.nginx != "" {
		if f.server, err = config.ParseServer(r.nginx); err != nil {
			return nil, usagef("--nginx: %w", err)
		}
		f.doubt("--nginx", facts.DoubtServer(r.nginx))
	}
	if f.kernel, err = config.ParseKernel(r.kernel); err != nil {
		return nil, usagef("--kernel: %w", err)
	} else if f.kernel != nil {
		f.doubt("--kernel", facts.DoubtKernel(f.kernel.From))
	}
	if r.loader != "" {
		if err := oneOf("loader", r.loader, model.LoaderNames()); err != nil {
			return nil, err
		}
		l, _ := model.ParseLoader(r.loader)
		f.loader = &l
	}
	if r.failOn != "" {
		if err := oneOf("severity", r.failOn, config.FailOnNames()); err != nil {
			return nil, err
		}
		s, _ := config.ParseFailOn(r.failOn)
		f.failOn = &s
	}
	if f.selected, err = config.RuleSet(r.selected); err != nil {
		return nil, &failure{statusUsage, err}
	}
	if f.ignored, err = config.RuleSet(r.ignored); err != nil {
		return nil, &failure{statusUsage, err}
	}
	for _, name := range r.context {
		kind, ok := model.ParseKind(strings.TrimSpace(name))
		if !ok {
			return nil, unknown("context", name, model.KindNames())
		}
		f.context = append(f.context, kind)
	}
	switch r.as {
	case "":
	case detect.Nginx.String():
		f.as = detect.Nginx
	case detect.Sysctl.String():
		f.as = detect.Sysctl
	default:
		return nil, unknown("kind", r.as, fileKinds)
	}
	return f, nil
}

// doubt notes what there is to be said about the version in a flag, if anything is.
func (f *flags) doubt(flag, why string) {
	if why != "" {
		f.doubts = append(f.doubts, flag+": "+why)
	}
}
