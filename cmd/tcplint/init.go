package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

// configTemplate is what init writes. Every setting in it is a comment.
const configTemplate = `# Configuration of tcplint. It holds for the files in this folder and below it.
# Flags on the command line win over what stands here.

# Exit with status 1 from this severity on: "error", "warning" or "info".
#fail-on = "warning"

# Look up absolute include paths ("/etc/nginx/...") below this folder, which is
# relative to the one that holds this file.
#root = "."

# The versions in use. Without them, findings hold for all supported versions, or
# say for which ones.
[target]
#nginx = "1.28.0" # or a relative: "angie-1.12", "openresty-1.27.1", "tengine-3.2.0"
#kernel = "6.1"
#container = "kubernetes-1.29" # the kernel settings are a pod's; or "docker"

# Locations that serve event streams, where neither their path nor their block
# tells.
#[sse]
#locations = ["/api/live"]

# What the servers behind an upstream hold: the software ("node", "gunicorn",
# "uvicorn", "puma", "php-fpm", "apache", "tomcat", "go", ...) or the numbers.
#[upstream."app"]
#backend = "node"
#max_connections = 64
#max_children = 16
#idle_timeout = "5s"
#families = ["ipv4"]

# The severity of rules: "error", "warning", "info", or "off". "tcplint rules"
# lists the rules, "tcplint explain RULE" explains one.
[rules]
#nginx-proxy-http10 = "error"

# Findings to leave out in some files. Without rules, all are meant.
#[[ignore]]
#paths = ["legacy/**"]
#rules = ["nginx-proxy-http10"]
#reason = "switched off at the end of the year"
`

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "write a commented " + configName,
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := writeNew(configName, configTemplate); err != nil {
				return err
			}
			_, err := fmt.Fprintln(a.stdout, "wrote", configName)
			return asWrite(err)
		},
	}
}

// writeNew writes a file that must not exist.
func writeNew(name, text string) error {
	const mode = 0o644
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already and was left as it is", name)
	}
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return &failure{statusFailure, fmt.Errorf("writing %s: %w", name, err)}
	}
	return nil
}
