package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
)

// Target is a release of nginx or a relative and one of the kernel; nil is one that
// nobody names.
type Target struct {
	Server *Server
	Kernel *facts.Range
}

// ParseKernel reads a version of the kernel as the range that holds it alone; nil if
// none is given.
func ParseKernel(s string) (*facts.Range, error) {
	if s == "" {
		return nil, nil
	}
	v, err := facts.ParseVersion(s)
	if err != nil {
		return nil, err
	}
	only := facts.Only(v)
	return &only, nil
}

// ParseReleases reads the two targets of a comparison, as --nginx and --kernel name
// them: "1.28.0..1.30.6". A version alone holds on both sides.
func ParseReleases(nginxes, kernels string) (before, after Target, err error) {
	nginx, toNginx, twoNginx := strings.Cut(nginxes, "..")
	kernel, toKernel, twoKernel := strings.Cut(kernels, "..")
	if !twoNginx && !twoKernel {
		return before, after, errors.New(`diff wants two releases: "--nginx 1.28.0..1.30.6", "--kernel 6.1..7.3" or both`)
	}
	if !twoNginx {
		toNginx = nginx
	}
	if !twoKernel {
		toKernel = kernel
	}
	for _, s := range []struct {
		*Target
		nginx, kernel string
	}{{&before, nginx, kernel}, {&after, toNginx, toKernel}} {
		if s.nginx != "" || twoNginx {
			if s.Server, err = ParseServer(s.nginx); err != nil {
				return before, after, fmt.Errorf("--nginx: %w", err)
			}
		}
		if s.Kernel, err = ParseKernel(s.kernel); err != nil {
			return before, after, fmt.Errorf("--kernel: %w", err)
		}
		if twoKernel && s.Kernel == nil {
			return before, after, fmt.Errorf("--kernel: %q lacks one of the two versions", kernels)
		}
	}
	return before, after, nil
}
