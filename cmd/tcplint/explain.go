package main

import (
	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/rules"
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
			rule := findRule(args[0])
			if rule == nil {
				return unknownRule(args[0])
			}
			return asWrite(report.Explain(a.stdout, rule, a.colored(color), 0))
		},
	}
	addColorFlag(cmd, &color)
	return cmd
}

// findRule returns the rule with an ID, or nil.
func findRule(id string) *lint.Rule {
	for _, r := range rules.All() {
		if r.ID == id {
			return r
		}
	}
	return nil
}
