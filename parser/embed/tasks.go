//go:build !tcplint_core

package embed

import (
	"github.com/tcplint/tcplint/parser/embed/yaml"
	"github.com/tcplint/tcplint/parser/source"
)

// Tasks is what a file of tasks of Ansible does with other files, see yaml.Tasks.
type Tasks = yaml.Tasks

// ReadTasks reads what a file of tasks does with other files, see yaml.ReadTasks.
func ReadTasks(f *source.File) Tasks { return yaml.ReadTasks(f) }
