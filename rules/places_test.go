package rules_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// A place is one entry of the corpus's EXCERPTS.md.
type place struct {
	n    int
	file string
	main string // of a site
	// found are "line rule" pairs that must be among the findings.
	found []string
	// silent are rules that must find nothing in the lines; "all" is every rule
	// of the name's beginning.
	silent      []string
	first, last int
}

// TestPlaces looks at real places that are known to be wrong, which must be
// found, and at real places that are known to be right, which must not.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, p := range []place{
		{n: 1, file: "imanbakhtiari+Devops/nexus-compose/nginx-docker.conf", found: []string{"27 nginx-proxy-http10"}},
		{
			n: 2, file: "imanbakhtiari+Devops/nexus-compose/nginx", silent: []string{"nginx-proxy-", "nginx-upstream-", "nginx-half-way-reuse", "nginx-keepalive-"},
			found: []string{"75 nginx-http2-upload-window"}, // pushes of layers, unbuffered and over HTTP/2
		},
		{n: 3, file: "1480735780+Hybrid-RAG/docker/nginx/nginx.conf", found: []string{"77 nginx-proxy-connection-close"}},
		{n: 4, file: "17512819719+ComfyUI-Web-Service/docker/nginx/nginx.conf", found: []string{
			"138 nginx-proxy-http10", "152 nginx-proxy-http10", "166 nginx-proxy-http10", "172 nginx-proxy-http10", "184 nginx-proxy-http10",
		}},
		// 5: a literal "upgrade" keeps the connection of a plain request open.
		{
			n: 5, file: "17512819719+ComfyUI-Web-Service/docker/nginx/nginx.conf", first: 118, last: 128,
			silent: []string{"nginx-proxy-http10", "nginx-proxy-connection-close"},
		},
		{
			n: 6, file: "270aldo+ngx_voice_agent/docker/nginx/nginx.conf",
			silent: []string{"nginx-keepalive-before-balancer", "nginx-proxy-http10", "nginx-proxy-connection-close", "nginx-upstream-no-keepalive"},
		},
		{n: 7, file: "jions7ihj+zabbix/nginx/nginxcache.conf", found: []string{"136 nginx-proxy-http10"}},
		{
			n: 7, file: "jions7ihj+zabbix/nginx/nginxcache.conf", first: 105, last: 134,
			silent: []string{"nginx-proxy-http10", "nginx-proxy-connection-close"},
		},
		{
			n: 8, file: "kawaemon+isucon14/s3/etc/nginx/sites-available/isuride.conf", main: "kawaemon+isucon14/s3/etc/nginx/nginx.conf",
			silent: []string{"nginx-proxy-", "nginx-upstream-"},
		},
		{n: 9, file: "getsentry+self-hosted/nginx.conf", silent: []string{"nginx-"}},
		{n: 10, file: "miraheze+puppet/modules/role/files/mattermost/nginx.conf", silent: []string{"nginx-proxy-", "nginx-upstream-"}},
		{n: 11, file: "1mm0rTaLzzz+streaming-platform/docker/nginx/nginx.conf", found: []string{"132 nginx-proxy-connection-close"}},
		{n: 14, file: "Arvin-Mark+DevOps-note/nginx+keepalived/nginx.conf", found: []string{"250 nginx-proxy-headers-lost"}},
		{n: 15, file: "hestiacp+hestiacp/src/deb/nginx/nginx.conf", found: []string{"189 nginx-proxy-headers-lost", "187 nginx-upstream-localhost"}},
		{n: 16, file: "nginxinc+NGINX-Demos/fun-with-health-checks/nginxplus/config/conf.d/backend.conf", found: []string{"45 nginx-proxy-headers-lost"}},
		{
			n: 17, file: "lasseh+nginx-conf/sites-available/development.conf", main: "lasseh+nginx-conf/nginx.conf",
			first: 76, last: 87, silent: []string{"nginx-"},
		},
		{n: 19, file: "bytedance+deer-flow/docker/nginx/nginx.conf", silent: []string{"nginx-sse-buffered"}},
		{n: 20, file: "bytedance+deer-flow/docker/nginx/nginx.conf", first: 186, last: 198, silent: []string{"nginx-"}},
		{n: 21, file: "kawaemon+isucon14/app/rust/nginx/nginx.conf", found: []string{"30 nginx-upstream-localhost"}},
		{n: 21, file: "infiniflow+ragflow/docker/nginx/ragflow.conf", found: []string{"24 nginx-upstream-localhost", "29 nginx-upstream-localhost"}},
		{n: 21, file: "nginxinc+NGINX-Demos/random-files/nginx.conf", first: 75, last: 84, silent: []string{"nginx-upstream-localhost"}},
		{n: 22, file: "veficos+awesome-server-configs/linux/sysctl-client.conf", found: []string{
			"102 sysctl-tcp-tw-recycle", "105 sysctl-tw-reuse-without-timestamps",
		}},
		{n: 22, file: "tangjizhou+k8s-config/nginx/sysctl.conf", found: []string{"4 sysctl-tcp-tw-recycle"}},
		{n: 23, file: "Arvin-Mark+DevOps-note/shell/initialize_system.sh.heredoc1.sysctl.conf", found: []string{"54 sysctl-tcp-tw-recycle"}},
		{n: 24, file: "HXHGTS+TCPOptimization/sysctl.conf", found: []string{
			"52 sysctl-inline-comment", "53 sysctl-inline-comment", "54 sysctl-inline-comment", "56 sysctl-inline-comment",
			"57 sysctl-inline-comment", "58 sysctl-inline-comment", "59 sysctl-inline-comment",
		}},
		{n: 24, file: "imanbakhtiari+Devops/sysctl/sysctl.conf", found: []string{"24 sysctl-inline-comment", "24 sysctl-tcp-tw-recycle"}},
		{n: 25, file: "nkwhr+isucon4-qualifier/conf/sysctl.conf", found: []string{"23 sysctl-duplicate-key"}},
		{n: 25, file: "neverzore+x-script/nginx/sysctl.conf", silent: []string{"sysctl-duplicate-key"}},
	} {
		t.Run(fmt.Sprintf("%d %s", p.n, path.Base(p.file)), func(t *testing.T) {
			t.Parallel()
			f := corpusFile{path: p.file, main: p.main, kind: "nginx-full"}
			if strings.Contains(p.file, "sysctl") {
				f.kind = "sysctl-conf"
			}
			p.check(t, corpusInput(t, f, window))
		})
	}
}

func (p place) check(t *testing.T, in model.Input) {
	t.Helper()
	res := lint.Run([]*model.Host{model.Build(in)}, options)
	var got []string
	for _, x := range res.Findings {
		if x.At.File.Path != p.file {
			continue
		}
		line := x.At.File.Position(x.At.Span.Start).Line
		got = append(got, fmt.Sprintf("%d %s", line, x.Rule.ID))
		loud := slices.ContainsFunc(p.silent, func(prefix string) bool { return strings.HasPrefix(x.Rule.ID, prefix) })
		if loud && x.Severity > lint.Info && line >= p.first && (p.last == 0 || line <= p.last) {
			t.Errorf("%s:%d is right, but %s says: %s", p.file, line, x.Rule.ID, x.Msg)
		}
	}
	for _, want := range p.found {
		if !slices.Contains(got, want) {
			t.Errorf("%s: %s is not found; the findings are\n%s", p.file, want, strings.Join(got, "\n"))
		}
	}
}
