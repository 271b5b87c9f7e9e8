package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/rules"
)

// shells are those that completion knows.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// writeCompletion writes the script of a shell.
func writeCompletion(root *cobra.Command, shell string, w io.Writer) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(w)
	}
	return fmt.Errorf("no completions for shell %q", shell)
}

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
				return usagef("completion wants the name of one shell: %s", strings.Join(shells, ", "))
			}
			return nil
		},
		ValidArgsFunction: first(cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("shell", args[0], shells); err != nil {
				return err
			}
			return asWrite(writeCompletion(cmd.Root(), args[0], a.stdout))
		},
	}
}

// first completes the first argument of a command, and no other.
func first(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(cmd, args, toComplete)
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

// completeList offers the values of a flag that takes several, with commas
// between them: those that the list does not hold yet. In bash, where cobra's
// script escapes a comma, that is the first one only; the flag may be repeated.
func completeList(cmd *cobra.Command, flag string, values func() []cobra.Completion) {
	// The only error is a flag that does not exist or was completed before.
	_ = cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		done := toComplete[:strings.LastIndex(toComplete, ",")+1]
		named := strings.Split(done, ",")
		var out []cobra.Completion
		for _, v := range values() {
			if name, _, _ := strings.Cut(v, "\t"); !slices.Contains(named, name) {
				out = append(out, done+v)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeRest says of what is left how to complete it: files only where a
// command or a flag takes one.
func completeRest(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		if cmd.ValidArgsFunction == nil && !strings.Contains(cmd.Use, "PATH") {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
		for _, flag := range []string{"nginx", "kernel", "diff-base"} {
			complete(cmd, flag, nil)
		}
		// These fail only for a command that has no such flag.
		_ = cmd.MarkFlagFilename("config", "toml")
		_ = cmd.MarkFlagDirname("root")
	}
}
