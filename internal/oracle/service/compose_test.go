package service

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// TestCompose reads services as compose-go does: a file and the override beside it.
func TestCompose(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		base := composeFile(r, true)
		files := []*source.File{source.NewFile("/p/compose.yaml", base)}
		config := []types.ConfigFile{{Filename: "/p/compose.yaml", Content: []byte(base)}}
		if r.IntN(2) == 0 {
			over := composeFile(r, false)
			files = append(files, source.NewFile("/p/compose.override.yaml", over))
			config = append(config, types.ConfigFile{Filename: "/p/compose.override.yaml", Content: []byte(over)})
		}
		compare(t, files, types.ConfigDetails{WorkingDir: "/p", ConfigFiles: config, Environment: types.Mapping{}})
	}
	n := 0
	for name, text := range real(t, func(name string) bool { return strings.Contains(name, "compose") && strings.HasSuffix(name, "ml") }) {
		if strings.Contains(text, "${") || strings.Contains(text, "extends:") || strings.Contains(text, "include:") || strings.Contains(text, "env_file") {
			continue // what the environment and other files say is not there
		}
		compare(t, []*source.File{source.NewFile(name, text)}, types.ConfigDetails{
			WorkingDir: path.Dir(name), ConfigFiles: []types.ConfigFile{{Filename: name, Content: []byte(text)}}, Environment: types.Mapping{},
		})
		n++
	}
	t.Logf("%d real files", n)
}

// compare holds what is read of files against what compose-go loads.
func compare(t *testing.T, files []*source.File, details types.ConfigDetails) {
	t.Helper()
	project, err := loader.LoadWithContext(context.Background(), details, func(o *loader.Options) {
		o.SetProjectName("p", true)
		o.SkipConsistencyCheck, o.SkipResolveEnvironment = true, true
		o.Profiles = []string{"*"}
	})
	if err != nil {
		return // Compose refuses it
	}
	ours := map[string]*service.Service{}
	for _, s := range service.Read(files, nil).Services {
		if s.Kind == service.Compose && ours[s.Name] == nil {
			ours[s.Name] = s
		}
	}
	for name, s := range project.Services {
		o := ours[name]
		if o == nil {
			t.Errorf("service %s of %s is not read", name, files[0].Path)
			continue
		}
		if want, got := theirs(s), said(o); want != got {
			t.Errorf("service %s of %s: compose-go says %s, and here it is %s; of\n%s", name, files[0].Path, want, got, files[len(files)-1].Text[:min(600, len(files[len(files)-1].Text))])
		}
	}
}

// theirs and said are what both read of a service.
func theirs(s types.ServiceConfig) string {
	var ports, limits []string
	for _, p := range s.Ports {
		if n, err := strconv.Atoi(p.Published); err == nil && p.Protocol != "udp" {
			ports = append(ports, fmt.Sprint(n, ":", p.Target))
		}
	}
	if u := s.Ulimits["nofile"]; u != nil {
		soft, hard := u.Soft, u.Hard
		if u.Single != 0 {
			soft, hard = u.Single, u.Single
		}
		limits = []string{fmt.Sprint(soft, " ", hard)}
	}
	slices.Sort(ports)
	mode := s.NetworkMode
	if mode == "bridge" {
		mode = "" // a network of its own, as without it
	}
	return fmt.Sprint(slices.Compact(ports), limits, sorted(s.Sysctls), mode)
}

func said(s *service.Service) string {
	var ports, limits []string
	for _, p := range s.Published {
		ports = append(ports, fmt.Sprint(p.Port, ":", p.Internal))
	}
	if s.SoftFiles.Known() || s.HardFiles.Known() {
		limits = []string{fmt.Sprint(s.SoftFiles.Value, " ", s.HardFiles.Value)}
	}
	sysctls := map[string]string{}
	for k, v := range s.Sysctls {
		sysctls[k] = v.Value
	}
	mode := ""
	switch s.Network {
	case service.HostNetwork:
		mode = "host"
	case service.SharedNetwork:
		mode = "service:" + s.SharesWith
	case service.OwnNetwork, service.NetworkUnknown:
	}
	slices.Sort(ports)
	return fmt.Sprint(slices.Compact(ports), limits, sorted(sysctls), mode)
}

func sorted(m map[string]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"="+m[k])
	}
	return out
}

// composeFile makes a file of two services.
func composeFile(r *rand.Rand, whole bool) string {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	var b strings.Builder
	b.WriteString("services:\n")
	for _, name := range []string{"a", "b"} {
		b.WriteString("  " + name + ":\n    hostname: " + name + "\n")
		if whole {
			b.WriteString("    image: example/" + name + "\n")
		}
		b.WriteString(pick("", "    ports: [\"8080:80\"]\n", "    ports:\n      - 127.0.0.1:81:8081/tcp\n      - \"82\"\n", "    ports:\n      - target: 80\n        published: \"83\"\n"))
		b.WriteString(pick("", "    ulimits: {nofile: 1024}\n", "    ulimits:\n      nofile:\n        soft: 5\n        hard: 6\n", "    ulimits: {nproc: 7}\n"))
		b.WriteString(pick("", "    sysctls: {net.core.somaxconn: 128}\n", "    sysctls:\n      - net.core.somaxconn=256\n      - net.ipv4.tcp_syncookies=0\n"))
		if name == "b" {
			b.WriteString(pick("", "", "    network_mode: host\n", "    network_mode: \"service:a\"\n"))
		}
	}
	return b.String()
}
