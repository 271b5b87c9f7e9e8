package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/tcplint/tcplint/parser/lazy"
)

// build is how the program was built; nil if that is not known.
var build = lazy.New(func() *debug.BuildInfo {
	info, _ := debug.ReadBuildInfo()
	return info
})

// Version is the version of the program: that of a release build, if it has one, or of
// the module that it was built from.
func Version(release string) string {
	if release != "" {
		return release
	}
	if info := build.Get(); info != nil && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// VersionLine adds to a version what a bug report needs.
func VersionLine(version string) string {
	s := fmt.Sprintf("tcplint %s (%s %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if commit := revision(); commit != "" && !strings.Contains(version, commit) {
		s += ", commit " + commit
	}
	return s + ")"
}

// revision is the commit that the program was built from, shortened.
func revision() string {
	info := build.Get()
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			const short = 12
			return s.Value[:min(short, len(s.Value))]
		}
	}
	return ""
}
