package workspace

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// TestSent joins a template with the kernel settings that the same role, playbook,
// recipe, class or state makes, and only where these are made in any case on the machine
// that gets the file.
func TestSent(t *testing.T) {
	t.Parallel()
	const nginx = "events {}\nhttp { server { listen 8080 backlog=4096; } }\n"
	const send = "- template: {src: nginx.conf.j2, dest: /etc/nginx/nginx.conf}\n"
	const set = "- ansible.posix.sysctl: {name: net.core.somaxconn, value: '128'}\n"
	role := func(main, more string) map[string]string {
		files := map[string]string{"roles/edge/tasks/main.yml": main, "roles/edge/templates/nginx.conf.j2": nginx}
		if more != "" {
			files["roles/edge/tasks/kernel.yml"] = more
		}
		return files
	}
	recipe := func(text string) map[string]string {
		return map[string]string{
			"edge/recipes/default.rb":               text + "template '/etc/nginx/nginx.conf' do\n  source 'nginx.conf.erb'\nend\n",
			"edge/templates/default/nginx.conf.erb": nginx,
		}
	}
	class := func(text string) map[string]string {
		return map[string]string{"edge/manifests/init.pp": text, "edge/templates/nginx.conf.erb": nginx}
	}
	state := func(text string) map[string]string {
		return map[string]string{
			"edge/init.sls":         text + "/etc/nginx/nginx.conf:\n  file.managed:\n    - source: salt://edge/files/nginx.conf\n",
			"edge/files/nginx.conf": nginx,
		}
	}
	playbook := func(text string) map[string]string {
		return map[string]string{"site.yml": text, "templates/nginx.conf.j2": nginx}
	}
	indent := "  "
	tests := map[string]struct {
		files map[string]string
		want  bool
	}{
		"one file of tasks":      {role(set+send, ""), true},
		"an import":              {role("- import_tasks: kernel.yml\n"+send, set), true},
		"include with arguments": {role("- ansible.builtin.include_tasks:\n    file: kernel.yml\n"+send, set), true},
		"in a block":             {role("- block:\n    - import_tasks: kernel.yml\n"+send, set), true},
		"the file under a condition": {
			role(set+"- template: {src: nginx.conf.j2, dest: /etc/nginx/nginx.conf}\n  when: edge_custom\n", ""), true,
		},
		"a loop of files": {
			role(set+"- template: {src: '{{ item.from }}', dest: '{{ item.to }}'}\n  loop:\n    - {from: nginx.conf.j2, to: /etc/nginx/nginx.conf}\n", ""), true,
		},
		"words": {role("- sysctl: name=net.core.somaxconn value=128\n- template: src=nginx.conf.j2 dest=/etc/nginx/nginx.conf\n", ""), true},

		"a condition":              {role(set+"  when: edge_tuned\n"+send, ""), false},
		"an import on a condition": {role("- import_tasks: kernel.yml\n  when: edge_tuned\n"+send, set), false},
		"a block on a condition":   {role("- when: edge_tuned\n  block:\n    - import_tasks: kernel.yml\n"+send, set), false},
		"what a failure leads to":  {role("- block:\n    - debug: {}\n  rescue:\n    - import_tasks: kernel.yml\n"+send, set), false},
		"nobody runs it":           {role(send, set), false},
		"a tag that is asked for":  {role(set+"  tags: [never, tune]\n"+send, ""), false},
		"another machine":          {role(set+"  delegate_to: gateway\n"+send, ""), false},
		"the file elsewhere":       {role(set+"- template: {src: nginx.conf.j2, dest: /etc/nginx/nginx.conf}\n  delegate_to: gateway\n", ""), false},
		"set twice":                {role(set+"- sysctl: {name: net.core.somaxconn, value: '65535'}\n  when: edge_large\n"+send, ""), false},
		"a container":              {role(set+send+"- community.docker.docker_container: {name: edge, image: nginx}\n", ""), false},
		"a file of nobody":         {role(set+"- template: {src: other.conf.j2, dest: /etc/nginx/nginx.conf}\n", ""), false},

		"a playbook":         {playbook("- hosts: edge\n  tasks:\n" + indent + set + indent + send), true},
		"plays of two kinds": {playbook("- hosts: db\n  tasks:\n" + indent + set + "- hosts: edge\n  tasks:\n" + indent + send), false},

		"a recipe":                {recipe("sysctl 'net.core.somaxconn' do\n  value 128\nend\n"), true},
		"a recipe on a condition": {recipe("sysctl 'net.core.somaxconn' do\n  value 128\n  only_if { tuned? }\nend\n"), false},
		"a class": {
			class("class edge {\n  sysctl { 'net.core.somaxconn': value => '128' }\n  file { '/etc/nginx/nginx.conf': content => template('edge/nginx.conf.erb') }\n}\n"), true,
		},
		"classes": {
			class("class edge::kernel {\n  sysctl { 'net.core.somaxconn': value => '128' }\n}\nclass edge {\n  file { '/etc/nginx/nginx.conf': content => template('edge/nginx.conf.erb') }\n}\n"), false,
		},
		"a state":                {state("net.core.somaxconn:\n  sysctl.present:\n    - value: 128\n"), true},
		"a state on a condition": {state("{% if grains.tuned %}\nnet.core.somaxconn:\n  sysctl.present:\n    - value: 128\n{% endif %}\n"), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paths := [][]string{{"."}}
			for _, p := range slices.Sorted(maps.Keys(tt.files)) {
				paths = append(paths, []string{p}) // named by hand, it belongs to the same
			}
			tt.files[".git/HEAD"] = ""
			for _, named := range paths {
				ws, err := Open(Memory(tt.files), Options{Paths: named, IgnoreUnknown: true})
				if err != nil {
					t.Fatal(err)
				}
				joined, alone := false, 0
				for _, h := range ws.Hosts() {
					if h.Model.Sysctl == nil {
						continue
					}
					if h.Model.Nginx != nil {
						joined = true
					} else {
						alone++
					}
				}
				if len(ws.Hosts()) > 0 && joined != tt.want || joined && alone > 0 {
					t.Errorf("%v: joined %v, %d hosts with settings alone; want joined %v: %s", named, joined, alone, tt.want, fmt.Sprint(ws))
				}
			}
		})
	}
}
