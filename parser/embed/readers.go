//go:build !js && !tcplint_core

package embed

import (
	"github.com/tcplint/tcplint/parser/embed/docker"
	"github.com/tcplint/tcplint/parser/embed/nix"
	"github.com/tcplint/tcplint/parser/embed/puppet"
	"github.com/tcplint/tcplint/parser/embed/ruby"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/embed/systemd"
	"github.com/tcplint/tcplint/parser/embed/terraform"
	"github.com/tcplint/tcplint/parser/embed/toml"
	"github.com/tcplint/tcplint/parser/embed/tuned"
	"github.com/tcplint/tcplint/parser/embed/yaml"
)

// readers are all kinds of carriers; the first that takes a file reads it.
var readers = []reader{
	{"a tuned profile", tuned.Takes, tuned.Read, true},
	{"a Dockerfile", docker.Takes, docker.Read, true},
	{"a Vagrantfile", ruby.TakesVagrant, ruby.ReadVagrant, true},
	{"a shell script", shell.Takes, shell.Read, true},
	{"a NixOS module", nix.Takes, nix.Read, true},
	{"a Puppet manifest", puppet.Takes, puppet.Read, true},
	{"a Chef recipe", ruby.TakesChef, ruby.ReadChef, true},
	{"a unit of systemd", systemd.Takes, systemd.Read, true},
	{"HCL", terraform.Takes, terraform.Read, true},
	{"TOML", toml.Takes, toml.Read, true},
	{"YAML", yaml.Takes, yaml.Read, false},
}
