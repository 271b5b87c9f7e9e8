package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/terminal"
)

func (a *app) explainCommand() *cobra.Command {
	var color, format string
	cmd := &cobra.Command{
		Use:   "explain NAME",
		Short: "say what a rule finds, what a symptom means, or what is known of a directive or kernel key",
		Long: `explain says all that is known of a name. Of a rule: what it finds, why that
matters, what was measured. Of a symptom or a cause of "diagnose": what it means
and what cures it. Of a directive of nginx or a kernel key: what it does, its unit,
default and contexts, and every release that changed it, with sources; "listen.backlog"
is the parameter backlog= of listen.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(`explain wants one name: of a rule ("tcplint rules" lists them), a symptom, a directive of nginx or a kernel key`)
			}
			return nil
		},
		ValidArgsFunction: cli.First(func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			all := append(ruleCompletions(), diagnose.Names()...)
			return append(all, factCompletions()...), cobra.ShellCompDirectiveNoFileComp
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("color", color, terminal.ColorModes); err != nil {
				return err
			}
			if err := oneOf("format", format, entryFormats); err != nil {
				return err
			}
			if s, c, ok := diagnose.Lookup(args[0]); ok {
				return asWrite(report.ExplainSymptom(a.stdout, s, c, terminal.Colored(a.stdout, color), 0))
			}
			if rule, err := engine.Explain(args[0]); err == nil {
				if format == "json" {
					return usagef(`"explain --format json" is for directives and kernel keys; "tcplint rules --format json" has the rules`)
				}
				return asWrite(report.Explain(a.stdout, rule, terminal.Colored(a.stdout, color), 0))
			}
			entry, err := engine.Entry(args[0])
			if err != nil {
				return classify(err)
			}
			if format == "json" {
				return asWrite(report.ExplainEntryJSON(a.stdout, entry))
			}
			return asWrite(report.ExplainEntry(a.stdout, entry, terminal.Colored(a.stdout, color), 0))
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "print it as `FORMAT`: text, or json for a directive or kernel key")
	cli.Complete(cmd, "format", entryFormats)
	addColorFlag(cmd, &color)
	return cmd
}

// entryFormats are those in which a directive or a kernel key is explained.
var entryFormats = []string{"text", "json"}

// factCompletions are the names of directives and kernel keys.
func factCompletions() []cobra.Completion {
	out := append(slices.Collect(facts.DirectiveNames()), facts.ParameterNames()...)
	for p := range facts.Params() {
		out = append(out, p.Key)
	}
	return out
}
