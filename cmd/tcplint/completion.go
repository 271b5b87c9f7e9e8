package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/rules"
)

// completionCommand stands in for cobra's own, which takes an unknown shell for
// success.
func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "write a script that completes commands, flags and rules",
		Long: `completion writes a script that makes a shell complete commands, flags and names
of rules. SHELL is bash, zsh, fish or powershell. Packages bring the scripts
along; elsewhere, this is where they belong:

  bash (with the package bash-completion):
      tcplint completion bash > ~/.local/share/bash-completion/completions/tcplint
  zsh, in a folder of $fpath:
      tcplint completion zsh > "${fpath[1]}/_tcplint"
  fish:
      tcplint completion fish > ~/.config/fish/completions/tcplint.fish
  PowerShell, in the profile:
      tcplint completion powershell | Out-String | Invoke-Expression`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("completion wants the name of one shell: %s", strings.Join(cli.Shells, ", "))
			}
			return nil
		},
		ValidArgsFunction: cli.First(cobra.FixedCompletions(cli.Shells, cobra.ShellCompDirectiveNoFileComp)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("shell", args[0], cli.Shells); err != nil {
				return err
			}
			return asWrite(cli.WriteCompletion(cmd.Root(), args[0], a.stdout))
		},
	}
}

// ruleCompletions are the names of the rules with what they find, which most
// shells show beside them.
func ruleCompletions() []cobra.Completion {
	var out []cobra.Completion
	for _, r := range rules.All() {
		out = append(out, cobra.CompletionWithDesc(r.ID, r.Title))
	}
	return out
}

// manCommand is for those who make packages, and hidden from everybody else.
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "write the manual pages to a folder",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("man wants one folder to write the manual pages to")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cli.WriteManual(cmd.Root(), args[0]); err != nil {
				return &failure{statusFailure, err}
			}
			return nil
		},
	}
}
