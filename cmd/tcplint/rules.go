package main

import (
	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/terminal"
	"github.com/tcplint/tcplint/rules"
)

func (a *app) rulesCommand() *cobra.Command {
	format := "text"
	formats := []string{"text", "json"}
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "list the rules",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("format", format, formats); err != nil {
				return err
			}
			return asWrite(report.RuleList(a.stdout, rules.All(), format == "json", terminal.Columns(a.stdout)))
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "text or json")
	cli.Complete(cmd, "format", formats)
	return cmd
}
