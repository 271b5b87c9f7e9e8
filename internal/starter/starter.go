// Package starter writes a first .tcplint.toml, which explains itself and fits the
// repository that it is for.
package starter

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/workspace"
)

// template is what init writes where nothing is known. Every setting in it
// is a comment.
const template = `#:schema ` + config.SchemaID + `
# Configuration of tcplint. It holds for the files in this folder and below it.
# Flags on the command line win over what stands here; "tcplint config" prints
# what is in force.

# Exit with status 1 from this severity on: "error", "warning" or "info".
#fail-on = "warning"

# Known findings, which "tcplint baseline" writes into this file.
#baseline = ".tcplint-baseline.json"

# Look up absolute include paths ("/etc/nginx/...") below this folder, which is
# relative to the one that holds this file.
#root = "."

# The versions in use. Without them, findings hold for all supported versions, or
# say for which ones.
[target]
%s%s#loader = "systemd" # what reads sysctl.d at boot; or "procps"
#container = "kubernetes-1.29" # the kernel settings are a pod's; or "docker"

# Files to read whatever their name and .gitignore say, and such that are never
# read.
#[files]
#include = ["deploy/**/*.inc"]
#exclude = ["legacy/"]

# Files of one machine, where their folders do not tell.
%s
# Locations that serve event streams, where neither their path nor their block
# tells.
%s
# What the servers behind an upstream hold, where "tcplint show" finds nothing
# behind it in the files here: the software ("node", "gunicorn", "uvicorn",
# "puma@6", "php-fpm", "apache", "tomcat", "go", ...) or the numbers.
#[upstream."app"]
#backend = "node"
#max_connections = 64
#max_children = 16
#max_requests = 1000
#idle_timeout = "5s" # or "never", "none", "none-unannounced"
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

// Write returns a configuration that fits a repository: the versions that it pins,
// the event streams that its pages open.
func Write(fsys workspace.FS, dir string) string {
	c := gather(fsys, dir)
	return fmt.Sprintf(template,
		pinLines("nginx", "1.28.0", ` # or a relative: "angie-1.12", "openresty-1.27.1", "tengine-3.2.0"`, distinct(c.nginx)),
		pinLines("kernel", "6.1", "", distinct(c.kernel)),
		hostLines(c.mains, c.settings),
		streamLines(distinct(c.streams)))
}

// pinLines sets a version if the repository names just one, and lists them if
// it names several.
func pinLines(key, example, remark string, found []clue) string {
	switch len(found) {
	case 0:
		return fmt.Sprintf("#%s = %q%s\n", key, example, remark)
	case 1:
		return fmt.Sprintf("%s = %q # as in %s\n", key, found[0].value, found[0].where)
	}
	const most = 6
	var b strings.Builder
	for i, c := range found {
		if i == most {
			fmt.Fprintf(&b, "# and %d more\n", len(found)-most)
			break
		}
		fmt.Fprintf(&b, "#%s = %q # as in %s\n", key, c.value, c.where)
	}
	return b.String()
}

// hostLines names the files of which nobody can tell how they belong together.
func hostLines(mains, settings []string) string {
	if len(mains) < 2 || len(settings) == 0 {
		return "#[[host]]\n#name = \"edge\"\n#nginx = [\"edge/nginx.conf\"]\n#sysctl = [\"common/sysctl.d/*.conf\"]\n"
	}
	const most = 6
	var b strings.Builder
	for i, main := range mains {
		if i == most {
			fmt.Fprintf(&b, "# and %d more nginx.conf\n", len(mains)-most)
			break
		}
		var quoted []string
		for _, s := range settings[:min(len(settings), most)] {
			quoted = append(quoted, fmt.Sprintf("%q", s))
		}
		fmt.Fprintf(&b, "#[[host]]\n#nginx = [%q]\n#sysctl = [%s]\n", main, strings.Join(quoted, ", "))
	}
	return b.String()
}

func streamLines(found []clue) string {
	if len(found) == 0 {
		return "#[sse]\n#locations = [\"/api/live\"]\n"
	}
	var b strings.Builder
	b.WriteString("[sse]\nlocations = [\n")
	for _, c := range found {
		fmt.Fprintf(&b, "  %q, # opened in %s\n", c.value, c.where)
	}
	b.WriteString("]\n")
	return b.String()
}
