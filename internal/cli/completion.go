package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Shells are those that completion knows.
var Shells = []string{"bash", "zsh", "fish", "powershell"}

// WriteCompletion writes the script of a shell.
func WriteCompletion(root *cobra.Command, shell string, w io.Writer) error {
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

// First completes the first argument of a command, and no other.
func First(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(cmd, args, toComplete)
	}
}

// Complete offers the values of a flag to the shell.
func Complete(cmd *cobra.Command, flag string, values []string) {
	// The only error is a flag that does not exist or was completed before.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// CompleteList offers the values of a flag that takes several, with commas
// between them: those that the list does not hold yet. In bash, where cobra's
// script escapes a comma, that is the first one only; the flag may be repeated.
func CompleteList(cmd *cobra.Command, flag string, values func() []cobra.Completion) {
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

// CompleteRest says of what is left how to complete it: files only where a
// command takes one, and none for the flags that words names.
func CompleteRest(root *cobra.Command, words ...string) {
	for _, cmd := range root.Commands() {
		if cmd.ValidArgsFunction == nil && !strings.Contains(cmd.Use, "PATH") {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
		for _, flag := range words {
			Complete(cmd, flag, nil)
		}
	}
}
