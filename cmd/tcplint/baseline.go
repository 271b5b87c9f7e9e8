package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/replace"
)

func (a *app) baselineCommand() *cobra.Command {
	var raw rawFlags
	cmd := &cobra.Command{
		Use:   "baseline [PATH...]",
		Short: "write down the findings there are, so that only new ones are reported",
		Long: `baseline checks files and folders as "check" does and writes all that it finds to
` + engine.BaselineName + ` (--output names another file). "check --baseline FILE" then is
silent about these findings: it reports and fails for new ones only, and says which
are gone. A finding is recognised by its rule, its file and the text of its line,
wherever the line has moved to.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.baseline(raw, args) },
	}
	addReadFlags(cmd, &raw)
	addRuleFlags(cmd, &raw)
	cmd.Flags().StringVar(&raw.output, "output", "", "write the baseline to `FILE` (default "+engine.BaselineName+", or what .tcplint.toml says)")
	return cmd
}

func (a *app) baseline(raw rawFlags, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	if raw.output == "" {
		if raw.output, err = baselineHere(f); err != nil {
			return err
		}
	}
	ws, err := a.open(f, paths)
	if err != nil {
		return err
	}
	bar := a.newProgress(f, "linting")
	b, messages, err := engine.NewBaseline(context.Background(), ws, raw.output, engine.Options{Progress: bar.Show})
	bar.Stop()
	a.tell(f, messages)
	if err != nil {
		return classify(err)
	}
	out, err := b.Encode()
	if err != nil {
		return &failure{statusFailure, err}
	}
	if err := replace.Write(raw.output, out); err != nil {
		return &failure{statusFailure, fmt.Errorf("writing %s: %w", raw.output, err)}
	}
	known := "findings"
	if len(b.Findings) == 1 {
		known = "finding"
	}
	a.remark(f, "wrote %d known %s to %s: \"check --baseline %s\", or baseline = %[3]q in .tcplint.toml, leaves them out", len(b.Findings), known, raw.output, raw.output)
	return nil
}

// baselineHere is the baseline that the configuration of the current folder names,
// or the one that is written where none does.
func baselineHere(f *flags) (string, error) {
	set, err := settingsHere(f)
	if err != nil {
		return "", err
	}
	return cmp.Or(set.Baseline, engine.BaselineName), nil
}
