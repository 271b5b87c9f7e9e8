package embed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/source"
)

// TestCarrierEdits makes an edit of the one text with a name, and compares the
// file on disk.
func TestCarrierEdits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path, disk, text string // text is the end of the text's path
		old, new               string // what is replaced in the text
		want                   string // on disk; empty if the edit is refused
	}{
		{
			"a value of sysctl -w", "a.sh", "sysctl -w net.core.somaxconn=128 # c\n", "#sysctl",
			"128", "4096", "sysctl -w net.core.somaxconn=4096 # c\n",
		},
		{"a value that needs quotes", "a.sh", "sysctl -w net.ipv4.tcp_rmem=1\n", "#sysctl", "1", "1 2 3", ""},
		{
			"a value in quotes", "a.sh", "sysctl -w net.ipv4.tcp_rmem='1 2'\n", "#sysctl",
			"1 2", "1 2 3", "sysctl -w net.ipv4.tcp_rmem='1 2 3'\n",
		},
		{"a line of sysctl -w", "a.sh", "sysctl -w net.core.somaxconn=128\n", "#sysctl", "net.core.somaxconn = 128\n", "", ""},
		{"code", "a.sh", "sysctl -w net.core.somaxconn=$X\n", "#sysctl", "\x1a\x1a", "1", ""},
		{
			"a value behind its key's path", "a.sh", "echo 1 > /proc/sys/net/ipv4/tcp_sack\n", "#sysctl",
			"= 1", "= 0", "",
		},
		{
			"a value in front of its key's path", "a.sh", "echo 1 > /proc/sys/net/ipv4/tcp_sack\n", "#sysctl",
			"1", "0", "echo 0 > /proc/sys/net/ipv4/tcp_sack\n",
		},
		{
			"echo", "a.sh", "echo \"vm.swappiness=1\" >> /etc/sysctl.conf\n", "/etc/sysctl.conf",
			"=1", "=2", "echo \"vm.swappiness=2\" >> /etc/sysctl.conf\n",
		},
		{
			"a line of a here-document", "a.sh", "cat >/etc/sysctl.conf <<EOF\nvm.a=1\nvm.b=$B\nEOF\n", "/etc/sysctl.conf",
			"vm.a=1\n", "", "cat >/etc/sysctl.conf <<EOF\nvm.b=$B\nEOF\n",
		},
		{
			"the last line of a here-document", "a.sh", "cat >/etc/sysctl.conf <<EOF\nvm.a=1\nEOF\n", "/etc/sysctl.conf",
			"vm.a=1\n", "", "cat >/etc/sysctl.conf <<EOF\nEOF\n",
		},
		{
			"a variable of nginx in a here-document", "a.sh", "cat >nginx.conf <<EOF\nserver {\n  listen 1;\n}\nEOF\n", "#nginx.conf",
			"listen 1;", "listen 1;\n  proxy_set_header Host $host;", "cat >nginx.conf <<EOF\nserver {\n  listen 1;\n  proxy_set_header Host \\$host;\n}\nEOF\n",
		},
		{
			"a variable in a here-document of which nothing is replaced", "a.sh", "cat >nginx.conf <<'EOF'\nserver {\n  listen 1;\n}\nEOF\n", "#nginx.conf",
			"listen 1;", "listen 1;\n  proxy_set_header Host $host;", "cat >nginx.conf <<'EOF'\nserver {\n  listen 1;\n  proxy_set_header Host $host;\n}\nEOF\n",
		},
		{
			"tabs", "a.sh", "cat >nginx.conf <<-EOF\n\tserver {\n\tlisten 1;\n\t}\n\tEOF\n", "#nginx.conf",
			"listen 1;\n", "listen 1;\ngzip on;\n", "cat >nginx.conf <<-EOF\n\tserver {\n\tlisten 1;\n\tgzip on;\n\t}\n\tEOF\n",
		},
		{
			"a script in quotes", "a.sh", "sudo bash -c 'cat >nginx.conf <<EOF\nserver { listen 1; }\nEOF'\n", "#nginx.conf",
			"listen 1;", "listen 2;", "sudo bash -c 'cat >nginx.conf <<EOF\nserver { listen 2; }\nEOF'\n",
		},
		{
			"a line of a tuned profile with quotes and a comment", "tuned.conf", "[sysctl]\nvm.a = \"1\" # c\nvm.b=2\n", "[sysctl]",
			"vm.a = 1\n", "", "[sysctl]\nvm.b=2\n",
		},
		{
			"a value of a tuned profile", "tuned.conf", "[sysctl]\r\nvm.a = \"1\" # c\r\nvm.b=2\r\n", "[sysctl]",
			"1", "1 2", "[sysctl]\r\nvm.a = \"1 2\" # c\r\nvm.b=2\r\n",
		},
		{
			"a comment of a tuned profile", "tuned.conf", "[sysctl]\nvm.a=1\n", "[sysctl]",
			"vm.a", "# why\nvm.a", "[sysctl]\n# why\nvm.a=1\n",
		},
		{
			"COPY", "Dockerfile", "FROM a\nCOPY <<E /etc/nginx/conf.d/a.conf\nserver { listen 1; }\nE\n", "a.conf",
			"listen 1;", "listen 1; set $a \\d;", "FROM a\nCOPY <<E /etc/nginx/conf.d/a.conf\nserver { listen 1; set \\$a \\\\d; }\nE\n",
		},
		{
			"a continued command", "Dockerfile", "FROM a\nRUN true && \\\n  sysctl -w vm.a=1 \\\n  vm.b=2\n", "#sysctl",
			"b = 2", "b = 3", "",
		},
		{
			"a value of a continued command", "Dockerfile", "FROM a\nRUN true && \\\n  sysctl -w vm.a=1 \\\n  vm.b=2\n", "#sysctl",
			"2", "3", "FROM a\nRUN true && \\\n  sysctl -w vm.a=1 \\\n  vm.b=3\n",
		},
		{
			"a string of lines of Nix", "a.nix", "{\n  services.nginx.appendConfig = ''\n    worker_processes 1;\n  '';\n}\n", "appendConfig",
			"worker_processes 1;\n", "worker_processes 1;\nenv A=${B}'';\n", "{\n  services.nginx.appendConfig = ''\n    worker_processes 1;\n    env A=''${B}''';\n  '';\n}\n",
		},
		{
			"a number of Nix", "a.nix", "{ boot.kernel.sysctl.\"vm.a\" = 1; }\n", "boot.kernel.sysctl",
			"1", "2", "{ boot.kernel.sysctl.\"vm.a\" = 2; }\n",
		},
		{"a number of Nix that would be a string", "a.nix", "{ boot.kernel.sysctl.\"vm.a\" = 1; }\n", "boot.kernel.sysctl", "1", "1 2", ""},
		{"true", "a.nix", "{ boot.kernel.sysctl.\"vm.a\" = true; }\n", "boot.kernel.sysctl", "1", "0", ""},
		{
			"a string of Puppet", "a.pp", "sysctl { 'vm.a': value => '1' }\n", "#sysctl",
			"1", "1 2", "sysctl { 'vm.a': value => '1 2' }\n",
		},
		{"a number of Puppet that would be a string", "a.pp", "sysctl { 'vm.a': value => 1 }\n", "#sysctl", "1", "1 2", ""},
		{
			"a list of Puppet", "a.pp", "sysctl::parameters { 'x': values => { 'vm.a' => [1, 2] } }\n", "#sysctl",
			"2", "3", "sysctl::parameters { 'x': values => { 'vm.a' => [1, 3] } }\n",
		},
		{"one value for two keys", "a.pp", "sysctl { ['vm.a', 'vm.b']: value => 1 }\n", "#sysctl", "1", "2", ""},
		{
			"a here-document of Puppet", "a.pp", "file { 'nginx.conf': content => @(E)\n  server { listen 1; }\n  | E\n}\n", "#nginx.conf",
			"listen 1; }\n", "listen 1; }\nserver { listen $x; }\n", "file { 'nginx.conf': content => @(E)\n  server { listen 1; }\n  server { listen $x; }\n  | E\n}\n",
		},
		{
			"a value of Chef", "recipes/a.rb", "sysctl 'vm.a' do\n  value 1\nend\n", "#sysctl",
			"1", "2", "sysctl 'vm.a' do\n  value 2\nend\n",
		},
		{
			"a here-document of Ruby", "recipes/a.rb", "file 'nginx.conf' do\n  content <<~E\n    server { listen 1; }\n  E\nend\n", "#nginx.conf",
			"listen 1; }\n", "listen 1; }\n# \\d\n", "file 'nginx.conf' do\n  content <<~E\n    server { listen 1; }\n    # \\\\d\n  E\nend\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := source.NewFile(tt.path, tt.disk)
			found := Extract(f)
			var text *source.File
			for _, x := range found.Texts {
				if strings.HasSuffix(x.File.Path, tt.text) {
					text = x.File
				}
			}
			if text == nil {
				t.Fatalf("no text ends in %q: %s", tt.text, embedtest.Describe(found))
			}
			i := strings.LastIndex(text.Text, tt.old)
			if i < 0 {
				t.Fatalf("no %q in %q", tt.old, text.Text)
			}
			edit := source.Edit{Span: source.Span{Start: i, End: i + len(tt.old)}, New: tt.new}
			out, err := source.Rewrite(map[*source.File][]source.Edit{text: {edit}})
			switch {
			case err != nil && tt.want != "":
				t.Fatal(err)
			case err == nil && tt.want == "":
				t.Fatalf("not refused: %q", out.Disk[tt.path].Text)
			case err != nil:
				return
			}
			if diff := cmp.Diff(tt.want, out.Disk[tt.path].Text); diff != "" {
				t.Errorf("on disk (-want +got):\n%s", diff)
			}
		})
	}
}
