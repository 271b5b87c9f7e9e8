package main

import (
	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/report"
)

func (a *app) explainCommand() *cobra.Command {
	var color string
	cmd := &cobra.Command{
		Use:   "explain RULE|SYMPTOM|CAUSE",
		Short: "say what a rule finds, or what a symptom means, why it matters and what was measured",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(`explain wants the name of one rule; "tcplint rules" lists them`)
			}
			return nil
		},
		ValidArgsFunction: first(func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return append(ruleCompletions(), diagnose.Names()...), cobra.ShellCompDirectiveNoFileComp
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("color", color, colorModes); err != nil {
				return err
			}
			if s, c, ok := diagnose.Lookup(args[0]); ok {
				return asWrite(report.ExplainSymptom(a.stdout, s, c, a.colored(color), 0))
			}
			rule, err := engine.Explain(args[0])
			if err != nil {
				return classify(err)
			}
			return asWrite(report.Explain(a.stdout, rule, a.colored(color), 0))
		},
	}
	addColorFlag(cmd, &color)
	return cmd
}
