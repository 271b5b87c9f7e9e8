package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// clue is something that a repository says about where its configuration runs.
type clue struct {
	value string
	where string // FILE:LINE
}

// clues are what init looks for.
type clues struct {
	nginx, kernel, streams []clue
	// mains are main files of nginx, settings files or folders of kernel settings,
	// as patterns of [[host]].
	mains, settings []string
}

// Bounds of the search: a version is pinned near the top of small files.
const (
	mostFiles = 20000
	largest   = 512 << 10
)

// patterns of versions and paths. A version without a patch number holds for all
// of its releases.
var (
	// An image of nginx or of a relative, as Dockerfiles, Compose files and
	// manifests name it.
	imageVersion = lazyre.New(`(?:FROM(?:\s+--\S+)*\s+|image:\s*["']?)(?:[\w.-]+(?::\d+)?/)*(nginx|nginx-unprivileged|openresty|angie|tengine|freenginx):v?(\d+\.\d+(?:\.\d+)?)`)
	// A package that is pinned, a variable of a role, a tarball.
	pinnedVersion = lazyre.New(`(?im)(?:^|[^\w\n-])nginx(?:=|-|_version["']?\s*[:=]\s*["']?)v?(\d+\.\d+\.\d+)\b`)
	kernelVersion = lazyre.New(`\blinux-image-(\d+\.\d+(?:\.\d+)?)`)
	// A browser that opens an event stream.
	eventSource = lazyre.New("new EventSource\\(\\s*[\"'`](/[\\w/.-]+)[\"'`]")
)

// versionFiles are the extensions of files in which versions are pinned, besides
// Dockerfiles; codeFiles those in which a browser's code stands.
var (
	versionFiles = []string{".yml", ".yaml", ".tf", ".hcl", ".sh", ".env", ".nix", ".pp", ".rb", ".sls", ".toml", ".json", ".dockerfile", ".containerfile"}
	codeFiles    = []string{".js", ".mjs", ".ts", ".tsx", ".jsx", ".vue", ".svelte", ".html"}
)

// gather looks through a repository. What cannot be read has nothing to say.
func gather(fsys workspace.FS, dir string) clues {
	var c clues
	workspace.Walk(fsys, dir, mostFiles, c.read)
	return c
}

// read looks through one file.
func (c *clues) read(e workspace.Entry) {
	base := strings.ToLower(path.Base(e.Path))
	ext := path.Ext(base)
	c.host(e.Path, base)
	docker := strings.HasPrefix(base, "dockerfile") || strings.HasPrefix(base, "containerfile")
	code := slices.Contains(codeFiles, ext)
	if !docker && !code && !slices.Contains(versionFiles, ext) {
		return
	}
	text, err := e.Text(largest)
	if err != nil {
		return
	}
	find := func(list *[]clue, re *lazyre.Regexp, value func(groups []string) string) {
		for _, at := range re.FindAllStringSubmatchIndex(text, -1) {
			var groups []string
			for i := 2; i < len(at); i += 2 {
				groups = append(groups, text[at[i]:at[i+1]])
			}
			if v := value(groups); v != "" {
				line := strings.Count(text[:at[0]], "\n") + 1
				*list = append(*list, clue{v, fmt.Sprintf("%s:%d", e.Path, line)})
			}
		}
	}
	if code {
		find(&c.streams, eventSource, func(g []string) string { return strings.TrimRight(g[0], "/") })
		return
	}
	find(&c.nginx, imageVersion, func(g []string) string { return serverVersion(g[0], g[1]) })
	find(&c.nginx, pinnedVersion, func(g []string) string { return serverVersion("nginx", g[0]) })
	find(&c.kernel, kernelVersion, func(g []string) string {
		if _, err := facts.ParseVersion(g[0]); err != nil {
			return ""
		}
		return g[0]
	})
}

// host notes what may be a part of a machine.
func (c *clues) host(rel, base string) {
	switch folder := path.Dir(rel); {
	case base == "nginx.conf":
		c.mains = append(c.mains, rel)
	case path.Base(folder) == "sysctl.d" && path.Ext(base) == ".conf":
		if rel = path.Join(folder, "*.conf"); !slices.Contains(c.settings, rel) {
			c.settings = append(c.settings, rel)
		}
	case base == "sysctl.conf", path.Ext(base) == ".sysctl":
		c.settings = append(c.settings, rel)
	}
}

// serverVersion writes a version as [target] takes it; empty if it does not.
func serverVersion(product, version string) string {
	if product != "nginx" && product != "nginx-unprivileged" {
		version = product + "-" + version
	}
	if _, err := config.ParseServer(version); err != nil {
		return ""
	}
	return version
}

// distinct are the values of clues, each once, with where it was seen first.
func distinct(list []clue) []clue {
	var out []clue
	for _, c := range list {
		if !slices.ContainsFunc(out, func(o clue) bool { return o.value == c.value }) {
			out = append(out, c)
		}
	}
	return out
}
