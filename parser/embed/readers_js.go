//go:build !tcplint_core

package embed

import (
	"github.com/tcplint/tcplint/parser/embed/docker"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/embed/systemd"
	"github.com/tcplint/tcplint/parser/embed/toml"
	"github.com/tcplint/tcplint/parser/embed/tuned"
	"github.com/tcplint/tcplint/parser/embed/yaml"
)

// readers are the kinds of carriers that a page reads; the first that takes a file
// reads it. The languages that only repositories are written in (HCL with its types
// is a third of the whole program) would make every visitor wait for them.
var readers = []reader{
	{"a tuned profile", tuned.Takes, tuned.Read, true},
	{"a Dockerfile", docker.Takes, docker.Read, true},
	{"a shell script", shell.Takes, shell.Read, true},
	{"a unit of systemd", systemd.Takes, systemd.Read, true},
	{"TOML", toml.Takes, toml.Read, true},
	{"YAML", yaml.Takes, yaml.Read, false},
}
