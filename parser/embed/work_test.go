package embed

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// shape is a carrier that is made hard to read: with n parts.
type shape struct {
	path string
	text func(n int) string
}

// each returns a text for each number below n, one after the other.
func each(n int, text func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(text(i))
	}
	return b.String()
}

const configMap = "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: \"events {}\"\n"

// shapes are deep, long, wide and broken carriers of every family.
var shapes = map[string]shape{
	"yaml, deep lists": {"a.yaml", func(n int) string { return configMap + "x: " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n" }},
	"yaml, deep mappings": {"a.yaml", func(n int) string {
		return configMap + "x: " + strings.Repeat("{a: ", n) + strings.Repeat("}", n) + "\n"
	}},
	"yaml, deep blocks": {"a.yaml", func(n int) string {
		return configMap + "x:\n" + each(n, func(i int) string { return strings.Repeat(" ", i+1) + "k:\n" })
	}},
	"yaml, deep dashes": {"a.yaml", func(n int) string {
		return strings.Repeat("- ", n) + "sysctl: {name: net.ipv4.tcp_tw_recycle, value: 1}\n"
	}},
	"yaml, unclosed": {"a.yaml", func(n int) string { return configMap + "x: " + strings.Repeat("[", n) }},
	"yaml, aliases": {"a.yaml", func(n int) string {
		return configMap + "a0: &a0 [a, a]\n" + each(n, func(i int) string { return fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i) })
	}},
	"yaml, merges": {"a.yaml", func(n int) string {
		return "services:\n  a0: &a0 {image: a, sysctls: {net.ipv4.tcp_tw_recycle: 1}}\n" +
			each(n, func(i int) string {
				return fmt.Sprintf("  a%d: &a%d\n    <<: [*a%d, *a%d]\n    image: x\n", i+1, i+1, i, i)
			})
	}},
	"yaml, documents": {"a.yaml", func(n int) string {
		return strings.Repeat("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  nginx.conf: |\n    events {}\n    http { server { listen 80; } }\n---\n", n)
	}},
	"yaml, small documents": {"a.yaml", func(n int) string { return strings.Repeat("a: nginx proxy_pass\n---\n", n) + configMap }},
	"yaml, broken documents": {"a.yaml", func(n int) string {
		return strings.Repeat("a: [nginx\nb: |\n  server { listen 80; }\n---\n", n)
	}},
	"yaml, broken blocks": {"a.yaml", func(n int) string {
		return "a: [\n" + strings.Repeat("nginx.conf: |\n  server { listen 80; }\n", n)
	}},
	"yaml, broken empty blocks": {"a.yaml", func(n int) string {
		return "nginx: [\n" + strings.Repeat("k: |\n", n)
	}},
	"yaml, one line of JSON": {"a.yaml", func(n int) string {
		return `{"apiVersion": "v1", "kind": "ConfigMap", "data": {` + each(n, func(i int) string { return fmt.Sprintf(`"a%d.conf": "server { listen %d; }\n", `, i, i%60000+1) }) + `"z": "nginx"}}`
	}},
	"yaml, one line of settings": {"a.yaml", func(n int) string {
		return "sysctls: {" + each(n, func(i int) string { return fmt.Sprintf("net.ipv4.conf.e%d.rp_filter: %d, ", i, i) }) + "}\n"
	}},
	"yaml, settings": {"a.yaml", func(n int) string {
		return "sysctls:\n" + each(n, func(i int) string { return fmt.Sprintf("  net.ipv4.conf.e%d.rp_filter: %d\n", i, i) })
	}},
	"yaml, one setting again": {"a.yaml", func(n int) string {
		return "sysctls:\n" + each(n, func(int) string { return "- {name: net.ipv4.tcp_syncookies, value: 1}\n" })
	}},
	"yaml, double quotes": {"a.yaml", func(n int) string {
		return "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: \"events {} http { " + strings.Repeat(`server { listen 80; } \n `, n) + "}\"\n"
	}},
	"yaml, double quotes over lines": {"a.yaml", func(n int) string {
		return "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: \"events {} http { " + strings.Repeat("server { listen 80; }\n\n   \\\n  ", n) + "}\"\n"
	}},
	"yaml, single quotes": {"a.yaml", func(n int) string {
		return "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: 'events {} http { " + strings.Repeat("set $a ''x'';\n\n    ", n) + "}'\n"
	}},
	"yaml, plain": {"a.yaml", func(n int) string {
		return "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: events {} http {" + strings.Repeat("\n    listen 80;\n", n) + "\n    }\n"
	}},
	"yaml, folded": {"a.yaml", func(n int) string {
		return configMap + "  b.conf: >\n" + strings.Repeat("    server { listen 80; }\n\n", n)
	}},
	"yaml, parameters": {"a.yaml", func(n int) string {
		return "params:\n" + each(n, func(i int) string { return fmt.Sprintf("  p%d: a\n", i) }) + "run:\n" +
			each(n, func(i int) string {
				return fmt.Sprintf("- file:\n    path: /etc/nginx/conf.d/%d.conf\n    contents: |\n      server { listen $p%d; }\n", i, i)
			})
	}},
	"yaml, tasks": {"tasks/main.yml", func(n int) string {
		return each(n, func(i int) string {
			return fmt.Sprintf("- name: t%d\n  sysctl:\n    name: \"{{ item.n }}\"\n    value: \"{{ item.v }}\"\n  loop:\n    - {n: net.ipv4.tcp_tw_recycle, v: 1}\n    - {n: net.core.somaxconn, v: %d}\n", i, i)
		})
	}},
	"yaml, one loop": {"tasks/main.yml", func(n int) string {
		return "- name: t\n  sysctl: {name: \"{{ item.n }}\", value: \"{{ item.v }}\"}\n  loop:\n" +
			each(n, func(i int) string { return fmt.Sprintf("    - {n: net.ipv4.conf.e%d.rp_filter, v: 1}\n", i) })
	}},
	"yaml, one long loop of tags": {"tasks/main.yml", func(n int) string {
		return "- name: t\n  sysctl: {name: \"" + strings.Repeat("{{ item }}", n) + "\", value: 1}\n  loop:\n" +
			each(n, func(i int) string { return fmt.Sprintf("    - a%d\n", i) })
	}},
	"yaml, nested blocks of tasks": {"tasks/main.yml", func(n int) string {
		return each(n, func(i int) string {
			return strings.Repeat("  ", i) + "- when: a" + strconv.Itoa(i) + "\n" + strings.Repeat("  ", i) + "  block:\n"
		}) + strings.Repeat("  ", n) + "- sysctl: {name: net.ipv4.tcp_tw_recycle, value: 1}\n"
	}},
	"yaml, services": {"docker-compose.yml", func(n int) string {
		return "services:\n" + each(n, func(i int) string {
			return fmt.Sprintf("  a%d:\n    image: nginx\n    command: sh -c 'sysctl -w net.core.somaxconn=%d'\n    sysctls:\n    - net.core.somaxconn=%d\n", i, i, i)
		})
	}},
	"yaml, dollars": {"docker-compose.yml", func(n int) string {
		return "services: {a: {image: nginx}}\nconfigs:\n  nginx.conf:\n    content: |\n" + strings.Repeat("      set $$a ${B}; ${\n", n)
	}},
	"yaml, states": {"a.sls", func(n int) string {
		return each(n, func(i int) string {
			return fmt.Sprintf("net.ipv4.conf.e%d.rp_filter:\n  sysctl.present:\n    - value: 1\n", i)
		})
	}},
	"yaml, tags": {"templates/a.yaml", func(n int) string {
		return "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: |\n" + strings.Repeat("    {{ if .A }}\n    server { listen {{ .B }}; }\n    {{ end }}\n", n)
	}},
	"yaml, tags on a line": {"templates/a.yaml", func(n int) string {
		return "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: |\n    server { listen " + strings.Repeat("{{ .A }}", n) + "; }\n"
	}},
	"yaml, tags around objects": {"templates/a.yaml", func(n int) string {
		return strings.Repeat("{{ if .A }}\n---\n"+configMap+"{{ end }}\n", n)
	}},
	"yaml, nested tags": {"templates/a.yaml", func(n int) string {
		return "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: |\n" + strings.Repeat("    {{ if .A }}\n", n) + "    server { listen 80; }\n" + strings.Repeat("    {{ end }}\n", n)
	}},
	"yaml, unclosed tags": {"templates/a.yaml", func(n int) string { return configMap + strings.Repeat("a: {{ \"\n", n) }},
	"yaml, yaml in yaml":  {"a.yaml", nestedYAML},
	"shell, here-documents": {"a.sh", func(n int) string {
		return each(n, func(i int) string {
			return fmt.Sprintf("cat > /etc/sysctl.d/%d.conf <<EOF\nnet.ipv4.tcp_tw_recycle=1\nEOF\n", i)
		})
	}},
	"shell, one file in pieces": {"a.sh", func(n int) string {
		return each(n, func(i int) string { return fmt.Sprintf("echo net.ipv4.conf.e%d.rp_filter=1 >> /etc/sysctl.conf\n", i) })
	}},
	"shell, one file again": {"a.sh", func(n int) string {
		return strings.Repeat("echo net.ipv4.tcp_sack=1 > /etc/sysctl.conf\n", n)
	}},
	"shell, one file in one group": {"a.sh", func(n int) string {
		return "{\n" + strings.Repeat("echo net.ipv4.tcp_sack=1\n", n) + "} > /etc/sysctl.conf\n"
	}},
	"shell, groups in groups": {"a.sh", func(n int) string {
		return strings.Repeat("{\necho net.ipv4.tcp_sack=1\n", n) + strings.Repeat("}\n", n) + " > /etc/sysctl.conf\n"
	}},
	"shell, branches in branches": {"a.sh", func(n int) string {
		return strings.Repeat("if a; then\n", n) + "sysctl -w net.ipv4.tcp_sack=1\n" + strings.Repeat("fi\n", n)
	}},
	"shell, branches of branches": {"a.sh", func(n int) string {
		return "if a; then\n:\n" + strings.Repeat("elif b; then\nsysctl -w net.ipv4.tcp_sack=1\n", n) + "fi\n"
	}},
	"shell, commands joined": {"a.sh", func(n int) string {
		return strings.Repeat("sysctl -w net.ipv4.tcp_sack=1 && \\\n", n) + "true\n"
	}},
	"shell, commands joined by questions": {"a.sh", func(n int) string {
		return strings.Repeat("test -e /a && sysctl -w net.ipv4.tcp_sack=1 && \\\n", n) + "true\n"
	}},
	"shell, pipes": {"a.sh", func(n int) string {
		return "echo net.ipv4.tcp_sack=1" + strings.Repeat(" | cat", n) + " | tee /etc/sysctl.conf\n"
	}},
	"shell, nested": {"a.sh", func(n int) string {
		return each(n, func(i int) string { return fmt.Sprintf("sh <<E%d\n", i) }) + "sysctl -w net.ipv4.tcp_sack=1\n" + each(n, func(i int) string { return fmt.Sprintf("E%d\n", n-1-i) })
	}},
	"shell, unfinished": {"a.sh", func(n int) string {
		return each(n, func(i int) string { return fmt.Sprintf("cat <<A%d <<B%d > /etc/sysctl.conf\n", i, i) }) + "net.ipv4.tcp_sack=1\n"
	}},
	"shell, substitutions": {"a.sh", func(n int) string {
		return "sysctl -w net.ipv4.tcp_sack=1\n" + strings.Repeat("x=$(", n) + "sysctl -w a=1" + strings.Repeat(")", n) + "\n"
	}},
	"shell, backquotes": {"a.sh", func(n int) string {
		return "sysctl -w net.ipv4.tcp_sack=1\n" + strings.Repeat("`", n) + "\n" + strings.Repeat("\"$((", n) + "\n"
	}},
	"shell, quotes": {"a.sh", func(n int) string {
		return "sysctl -w net.ipv4.tcp_sack=1\n" + strings.Repeat("a\"", n) + "\n" + strings.Repeat("\\\n", n)
	}},
	"shell, expansions": {"a.sh", func(n int) string {
		return "sysctl -w net.ipv4.tcp_sack=1\n" + strings.Repeat("${a:-", n) + strings.Repeat("}", n) + "\n"
	}},
	"shell, variables": {"a.sh", func(n int) string {
		return each(n, func(i int) string { return fmt.Sprintf("a%d=${a%d}\"$a%d\"\n", i+1, i, i) }) + "echo vm.swappiness=1 > /etc/sysctl.d/$a" + strconv.Itoa(n) + "\n"
	}},
	"shell, doubling variables": {"a.sh", func(n int) string {
		return "a0=xxxxxxxx\n" + each(n, func(i int) string { return fmt.Sprintf("a%d=$a%d$a%d\n", i+1, i, i) }) + "echo vm.swappiness=1 > /etc/sysctl.d/$a" + strconv.Itoa(n) + ".conf\n"
	}},
	"shell, long words": {"a.sh", func(n int) string { return "sysctl -w net.ipv4.tcp_sack=" + strings.Repeat("\\1'2'\"3\"$x", n) + "\n" }},
	"shell, printf": {"a.sh", func(n int) string {
		return "printf '%s\\n'" + strings.Repeat(" net.ipv4.tcp_sack=1", n) + " > /etc/sysctl.conf\n"
	}},
	"shell, of no interest": {"a.sh", func(n int) string {
		return "#!/bin/sh\nsysctl -w net.ipv4.tcp_sack=1\n" + strings.Repeat("echo a line that is of no interest\n", n)
	}},
	"docker, one long command": {"Dockerfile", func(n int) string {
		return "FROM nginx:1.20\n" + strings.Repeat("RUN echo net.ipv4.tcp_sack=1 >> /etc/sysctl.conf && \\\n", n) + " true\n"
	}},
	"docker, steps": {"Dockerfile", func(n int) string {
		return "FROM nginx:1.20\n" + strings.Repeat("RUN echo net.ipv4.tcp_sack=1 >> /etc/sysctl.conf\n", n)
	}},
	"docker, here-documents": {"Dockerfile", func(n int) string {
		return "FROM nginx:1.20\n" + each(n, func(i int) string {
			return fmt.Sprintf("COPY <<A%d <<B%d /etc/nginx/\nevents {}\nA%d\nhttp {}\nB%d\n", i, i, i, i)
		})
	}},
	"docker, unfinished": {"Dockerfile", func(n int) string { return "FROM nginx:1.20\n" + strings.Repeat("COPY <<A /etc/nginx/nginx.conf\n", n) }},
	"docker, many on a line": {"Dockerfile", func(n int) string {
		return "FROM nginx:1.20\nCOPY" + each(n, func(i int) string { return fmt.Sprintf(" <<A%d", i) }) + " /etc/nginx/\n" + each(n, func(i int) string { return fmt.Sprintf("events {}\nA%d\n", i) })
	}},
	"docker, stages": {"Dockerfile", func(n int) string {
		return each(n, func(i int) string { return fmt.Sprintf("FROM nginx AS s%d\nRUN sysctl -w net.ipv4.tcp_sack=1\n", i) })
	}},
	"nix, nested": {"a.nix", func(n int) string {
		return "{ boot.kernel.sysctl = { \"net.ipv4.tcp_sack\" = 1; }; x = " + strings.Repeat("{ a = [ ( ", n) + "1" + strings.Repeat(" ) ]; }", n) + "; }\n"
	}},
	"nix, unclosed": {"a.nix", func(n int) string {
		return "{ boot.kernel.sysctl = { \"net.ipv4.tcp_sack\" = 1; }; x = " + strings.Repeat("{ a = [ ( ", n)
	}},
	"nix, strings": {"a.nix", func(n int) string {
		return "{ services.nginx.appendHttpConfig = ''\n" + strings.Repeat("  ${''${a}''}\n server { listen 80; }\n", n) + "''; }\n"
	}},
	"nix, nested strings": {"a.nix", func(n int) string {
		return "{ services.nginx.appendHttpConfig = " + strings.Repeat("\"${", n) + "a" + strings.Repeat("}\"", n) + "; }\n"
	}},
	"nix, settings": {"a.nix", func(n int) string {
		return "{ boot.kernel.sysctl = {\n" + each(n, func(i int) string { return fmt.Sprintf("  \"net.ipv4.conf.e%d.rp_filter\" = 1;\n", i) }) + "}; }\n"
	}},
	"nix, let": {"a.nix", func(n int) string {
		return strings.Repeat("let a = 1; in ", n) + "{ boot.kernel.sysctl.\"net.ipv4.tcp_sack\" = 1; }\n"
	}},
	"puppet, resources": {"a.pp", func(n int) string {
		return "class a {\n" + each(n, func(i int) string {
			return fmt.Sprintf("  sysctl { 'net.ipv4.conf.e%d.rp_filter': value => '1' }\n", i)
		}) + "}\n"
	}},
	"puppet, nested": {"a.pp", func(n int) string {
		return "class a {\n" + strings.Repeat("if $a {\n", n) + "  sysctl { 'net.ipv4.tcp_sack': value => '1' }\n" + strings.Repeat("}", n) + "}\n"
	}},
	"puppet, unclosed": {"a.pp", func(n int) string {
		return "sysctl { 'net.ipv4.tcp_sack': value => '1' }\n" + strings.Repeat("if $a { x { [", n)
	}},
	"puppet, interpolated": {"a.pp", func(n int) string {
		return "sysctl { 'net.ipv4.tcp_sack': value => '1' }\n$a = \"" + strings.Repeat("${", n) + strings.Repeat("}", n) + "\"\n"
	}},
	"puppet, open interpolation": {"a.pp", func(n int) string {
		return "sysctl { 'net.ipv4.tcp_sack': value => \"" + strings.Repeat("${a} $b ", n) + "\" }\n"
	}},
	"puppet, hash": {"a.pp", func(n int) string {
		return "class { 'sysctl': values => {\n" + each(n, func(i int) string { return fmt.Sprintf("  'net.ipv4.conf.e%d.rp_filter' => { value => 1 },\n", i) }) + "} }\n"
	}},
	"puppet, one resource again": {"a.pp", func(n int) string { return strings.Repeat("sysctl { 'net.ipv4.tcp_sack': value => '1' }\n", n) }},
	"chef, resources": {"recipes/a.rb", func(n int) string {
		return each(n, func(i int) string { return fmt.Sprintf("sysctl 'net.ipv4.conf.e%d.rp_filter' do\n  value 1\nend\n", i) })
	}},
	"chef, nested": {"recipes/a.rb", func(n int) string {
		return strings.Repeat("if a do |x| [ ( {\n", n) + "sysctl 'net.ipv4.tcp_sack' do\n value 1\nend\n" + strings.Repeat("} ) ] end\n", n)
	}},
	"chef, interpolated": {"recipes/a.rb", func(n int) string {
		return "x = " + strings.Repeat("\"#{", n) + "1" + strings.Repeat("}\"", n) + "\nsysctl 'net.ipv4.tcp_sack' do\n value 1\nend\n"
	}},
	"chef, unclosed attributes": {"recipes/a.rb", func(n int) string { return strings.Repeat("default['sysctl']['params'] = {\n", n) }},
	"chef, unclosed resources":  {"recipes/a.rb", func(n int) string { return strings.Repeat("sysctl 'net.ipv4.tcp_sack' do\n value [\n", n) }},
	"chef, nested hashes": {"attributes/a.rb", func(n int) string {
		return "default['sysctl']['params'] = " + strings.Repeat("{ 'net' => ", n) + "1" + strings.Repeat("}", n) + "\n"
	}},
	"chef, long strings": {"recipes/a.rb", func(n int) string {
		return "file '/etc/nginx/nginx.conf' do\n content \"" + strings.Repeat("server { listen #{x}; }\\n", n) + "\"\nend\n"
	}},
	"chef, open interpolation": {"recipes/a.rb", func(n int) string {
		return "file '/etc/nginx/nginx.conf' do\n content <<E\nserver {" + strings.Repeat("#{", n) + "}\nE\nend\n"
	}},
	"vagrant, scripts": {"Vagrantfile", func(n int) string {
		return strings.Repeat("c.vm.provision 'shell', inline: <<-E\nsysctl -w net.ipv4.tcp_sack=1\nE\n", n)
	}},
	"systemd, continued": {"a.service", func(n int) string {
		return "[Service]\nExecStart=sysctl -w " + strings.Repeat("net.ipv4.tcp_sack=1 \\\n", n) + "\n"
	}},
	"systemd, commands": {"a.service", func(n int) string {
		return "[Service]\n" + strings.Repeat("ExecStart=sysctl -w net.ipv4.tcp_sack=1\n", n)
	}},
	"systemd, quotes": {"a.service", func(n int) string { return "[Service]\nExecStart=sysctl " + strings.Repeat("'a\"%i", n) + "\n" }},
	"terraform, deep": {"a.tf", func(n int) string { return "sysctls = " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n" }},
	"terraform, blocks": {"a.tf", func(n int) string {
		return strings.Repeat("resource \"docker_container\" \"a\" {\n  sysctls = { \"net.ipv4.tcp_sack\" = \"1\" }\n}\n", n)
	}},
	"terraform, lines": {"a.tf", func(n int) string {
		return "a \"b\" \"c\" {\n  user_data = <<-E\n    #!/bin/sh\n" + strings.Repeat("    sysctl -w net.ipv4.tcp_sack=${a}\n", n) + "  E\n}\n"
	}},
	"terraform, one line": {"a.tf", func(n int) string {
		return "a \"b\" \"c\" {\n  user_data = \"#!/bin/sh\\nsysctl" + strings.Repeat(" net.ipv4.tcp_sack=${a}\\n", n) + "\"\n}\n"
	}},
	"terraform, directives": {"a.tf", func(n int) string {
		return "a = <<E\nnginx\n" + strings.Repeat("%{ if a }\n", min(n, 150)) + strings.Repeat("server ${b};\n", n) + strings.Repeat("%{ endif }\n", min(n, 150)) + "E\n"
	}},
	"terraform, documents": {"a.tf", func(n int) string {
		return strings.Repeat("helm \"a\" {\n  values = [<<-E\n    sysctls:\n    - net.ipv4.tcp_sack=1\n  E\n  ]\n}\n", n)
	}},
	"toml, settings": {"a.toml", func(n int) string {
		return "[settings.kernel.sysctl]\n" + strings.Repeat("\"net.ipv4.tcp_sack\" = \"1\"\n", n)
	}},
	"yaml, URL": {"a.ign", func(n int) string {
		return `{"storage": {"files": [{"path": "/etc/sysctl.conf", "contents": {"source": "data:,` + strings.Repeat("vm.swappiness%3D1%0A", n) + `"}}]}}`
	}},
	"yaml, URLs": {"a.ign", func(n int) string {
		return `{"storage": {"files": [` + strings.Repeat(`{"path": "/etc/sysctl.conf", "contents": {"source": "data:,vm.swappiness%3D1%0A"}}, `, n) + `{}]}}`
	}},
	"shell, containers": {"a.sh", func(n int) string {
		return "docker run" + strings.Repeat(" --sysctl net.core.somaxconn=1", n) + " nginx\n"
	}},
	"chef, scripts": {"recipes/a.rb", func(n int) string {
		return strings.Repeat("bash 'a' do\n code 'sysctl -w net.ipv4.tcp_sack=1'\nend\n", n)
	}},
	"tuned, settings": {"tuned.conf", func(n int) string {
		return "[main]\nsummary=a\n[sysctl]\n" + each(n, func(i int) string { return fmt.Sprintf("net.ipv4.conf.e%d.rp_filter=${f:x:%d}\n", i, i) })
	}},
	"tuned, sections": {"tuned.conf", func(n int) string {
		return "[main]\n" + each(n, func(i int) string { return fmt.Sprintf("[s%d]\ntype=sysctl\nnet.ipv4.tcp_sack=1\n", i) })
	}},
	"tuned, continued": {"tuned.conf", func(n int) string { return "[sysctl]\nnet.ipv4.tcp_rmem=1\n" + strings.Repeat("  2\n", n) }},
	"tuned, tags": {"tuned.conf.j2", func(n int) string {
		return "[sysctl]\n" + strings.Repeat("{% if a %}\nnet.ipv4.tcp_sack=1\n", n) + strings.Repeat("{% endif %}\n", n)
	}},
}

// nestedYAML is a document in a block scalar of a document, n times.
func nestedYAML(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "values: |\n")
	}
	b.WriteString(strings.Repeat("  ", n) + "nginx.conf: |\n" + strings.Repeat("  ", n+1) + "server { listen 80; }\n")
	return b.String()
}

// sized returns a shape with about so many bytes.
func (s shape) sized(size int) *source.File {
	hi := 2
	for len(s.text(hi)) <= size {
		hi *= 2
	}
	lo := hi / 2
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if len(s.text(mid)) <= size {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return source.NewFile(s.path, s.text(lo))
}

// extracted returns the bytes that are allocated while a file is read.
func extracted(f *source.File) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Extract(f)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestWorkIsBounded reads 16 and 64 KB of every shape: it takes no more than 100 MB in
// all, and four times the text costs hardly more than four times as much. The gate runs it
// without the race detector, too.
func TestWorkIsBounded(t *testing.T) { //nolint:paralleltest // others would allocate as well
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			small, large := extracted(s.sized(16<<10)), extracted(s.sized(64<<10))
			const most, slack = 100 << 20, 2 << 20
			if large > most && !raced {
				t.Errorf("64 KB take %d MB", large>>20)
			}
			if large > 7*small+slack {
				t.Errorf("16 KB take %d KB, 64 KB take %d KB", small>>10, large>>10)
			}
		})
	}
}

// TestLimitsAreSaid reads what is beyond what is read: something is skipped.
func TestLimitsAreSaid(t *testing.T) {
	t.Parallel()
	large := func(line string) func(int) string {
		return func(int) string { return strings.Repeat(line, carrier.Largest/len(line)+2) }
	}
	for name, s := range map[string]shape{
		"a deep document":  {"a.yaml", func(int) string { return "nginx: " + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "\n" }},
		"a long loop":      {"tasks/main.yml", func(int) string { return shapes["yaml, one long loop of tags"].text(1000) }},
		"deep commands":    {"a.sh", func(int) string { return shapes["shell, branches in branches"].text(300) }},
		"deep parentheses": {"a.sh", func(int) string { return "sysctl -w vm.a=1\n" + strings.Repeat("x=$(", 1001) }},
		"a large document": {"a.yaml", large("nginx: {proxy_pass: 1}\n")},
		"a large script":   {"a.sh", large("echo sysctl\n")},
		"a large recipe":   {"recipes/a.rb", large("sysctl 'vm.a' do\n value 1\nend\n")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := Extract(source.NewFile(s.path, s.text(0)))
			if len(found.Skipped) != 1 || !found.Skipped[0].Setting {
				t.Errorf("%d are skipped: %v", len(found.Skipped), found.Skipped)
			}
		})
	}
}

func BenchmarkExtract(b *testing.B) {
	for name, s := range shapes {
		for _, size := range []int{16 << 10, 64 << 10} {
			b.Run(fmt.Sprintf("%s/%dKB", name, size>>10), func(b *testing.B) {
				f := s.sized(size)
				b.ReportAllocs()
				for b.Loop() {
					Extract(f)
				}
			})
		}
	}
}
