package main

import (
	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/report"
)

func (a *app) explainCommand() *cobra.Command {
	var color string
	cmd := &cobra.Command{
		Use:   "explain RULE",
		Short: "say what a rule finds, why it matters and what was measured",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(`explain wants the name of one rule; "tcplint rules" lists them`)
			}
			return nil
		},
		ValidArgsFunction: first(cobra.FixedCompletions(ruleCompletions(), cobra.ShellCompDirectiveNoFileComp)),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("color", color, colorModes); err != nil {
				return err
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
