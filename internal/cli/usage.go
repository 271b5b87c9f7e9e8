package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// readable is the number of columns of help where no terminal has a width.
const readable = 80

// Usage writes what follows the description of a command, for a number of columns, or
// 0 if there is no terminal: cobra's own does not fit the flags into one.
func Usage(cmd *cobra.Command, width int) error {
	if width == 0 {
		width = readable
	}
	var b strings.Builder
	b.WriteString("Usage:\n")
	if cmd.Runnable() && cmd.HasParent() {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND [flags]\n\nCommands:\n", cmd.CommandPath())
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if cmd.HasAvailableLocalFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s\n", strings.TrimRight(cmd.LocalFlags().FlagUsagesWrapped(width), " \n"))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\"%s COMMAND --help\" says more about a command.\n", cmd.CommandPath())
	}
	_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
	return err
}

// CheckedWriter remembers the first error of writing, for callers that drop it.
type CheckedWriter struct {
	W   io.Writer
	Err error
}

// Write writes to W.
func (c *CheckedWriter) Write(data []byte) (int, error) {
	n, err := c.W.Write(data)
	if c.Err == nil {
		c.Err = err
	}
	return n, err
}
